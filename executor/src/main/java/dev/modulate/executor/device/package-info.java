/** What the executor is told about accelerators: the port that CPU and GPU executors fill. */
@NullMarked
package dev.modulate.executor.device;

import org.jspecify.annotations.NullMarked;
