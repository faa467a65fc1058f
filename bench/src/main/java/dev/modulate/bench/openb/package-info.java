/** Placement on the openb trace of a GPU cluster: how much of it is in use when all is asked for, and who waits. */
@NullMarked
package dev.modulate.bench.openb;

import org.jspecify.annotations.NullMarked;
