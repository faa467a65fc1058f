/** Scheduling policies judged: in the simulator, and by the time a decision takes. */
@NullMarked
package dev.modulate.bench.sim;

import org.jspecify.annotations.NullMarked;
