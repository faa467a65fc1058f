/** The one thread that owns the state of an executor. */
@NullMarked
package dev.modulate.executor.lane;

import org.jspecify.annotations.NullMarked;
