package dev.modulate.executor.instance;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A program to spawn.
 *
 * @param environment the whole of it
 * @param stdin a file to read from, or null for a pipe
 */
record Command(
        List<String> arguments,
        Map<String, String> environment,
        Path folder,
        @Nullable Path stdin) {
    Command {
        arguments = List.copyOf(arguments);
        environment = Map.copyOf(environment);
    }
}
