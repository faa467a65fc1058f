/** Assignments from acceptance to their end. */
@NullMarked
package dev.modulate.executor.run;

import org.jspecify.annotations.NullMarked;
