/** Who waits for which invocation, and every way its end becomes known. */
@NullMarked
package dev.modulate.api.waiting;

import org.jspecify.annotations.NullMarked;
