/** What the front door accepts. */
@NullMarked
package dev.modulate.api.admission;

import org.jspecify.annotations.NullMarked;
