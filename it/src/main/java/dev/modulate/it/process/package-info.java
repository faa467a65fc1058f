/** Real processes for tests and benchmarks: started, watched, stopped cold, and none left behind. */
@NullMarked
package dev.modulate.it.process;

import org.jspecify.annotations.NullMarked;
