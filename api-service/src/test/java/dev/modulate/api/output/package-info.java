/** What functions write and return, as executors push it. */
@NullMarked
package dev.modulate.api.output;

import org.jspecify.annotations.NullMarked;
