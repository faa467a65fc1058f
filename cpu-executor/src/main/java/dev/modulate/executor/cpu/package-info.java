/** The executor of machines, or slices of machines, without accelerators. */
@NullMarked
package dev.modulate.executor.cpu;

import org.jspecify.annotations.NullMarked;
