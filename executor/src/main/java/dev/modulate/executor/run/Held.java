package dev.modulate.executor.run;

import dev.modulate.executor.call.Assignment;
import org.jspecify.annotations.Nullable;

/**
 * An assignment as a router that has just been reached is told of it.
 *
 * @param update what happened to it; null while it starts or runs
 */
public record Held(Assignment assignment, @Nullable Update update) {}
