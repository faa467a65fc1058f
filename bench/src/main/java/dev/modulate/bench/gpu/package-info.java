/** What a real GPU answers: the driver's facts, the memory of processes that end, functions that share and take turns. */
@NullMarked
package dev.modulate.bench.gpu;

import org.jspecify.annotations.NullMarked;
