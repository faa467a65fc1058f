package dev.modulate.it;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.modulate.it.process.Processes;
import dev.modulate.it.process.RunningProcess;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** Foreign programs that tests use when they are there. */
final class Program {
    /** Long enough to load and build a program over a slow network. */
    static final Duration SET_UP = Duration.ofMinutes(5);

    private Program() {}

    /** The program of that name on the {@code PATH}. */
    static Optional<Path> find(String name) {
        return Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
                .filter(folder -> !folder.isEmpty())
                .map(folder -> Path.of(folder, name))
                .filter(Files::isExecutable)
                .findFirst();
    }

    /** Skips the test when the program is missing; where CI runs it must be there. */
    static void need(String name) {
        if (find(name).isPresent()) {
            return;
        }
        String message = name + " is not on the PATH";
        if ("true".equals(System.getenv("CI"))) {
            throw new AssertionError(message);
        }
        assumeTrue(false, "skipped: " + message);
    }

    /** Runs a program to its end; a status other than zero fails with what it wrote. */
    static RunningProcess run(
            Processes processes, List<String> command, Path folder, Map<String, String> environment, Duration atMost) {
        var process = processes.start(name(command), command, folder, environment);
        if (process.await(atMost) != 0) {
            throw new AssertionError(String.join(" ", command) + "\n" + process.tail());
        }
        return process;
    }

    private static String name(List<String> command) {
        return Path.of(command.getFirst()).getFileName().toString();
    }
}
