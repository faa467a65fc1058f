/** What the front door accepts, and as what: ids, inputs, lifetimes, versions. Values in, values out. */
@NullMarked
package dev.modulate.api.admission;

import org.jspecify.annotations.NullMarked;
