package dev.modulate.it.process;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;

/**
 * Starts processes and kills all of them when it is closed, or when this JVM ends. Output goes to files in one folder.
 * For one thread.
 */
public final class Processes implements AutoCloseable {
    private final Path logs;
    private final Deque<RunningProcess> started = new ArrayDeque<>();
    private final Thread atExit = new Thread(this::killAll, "kill processes");

    /** @param logs folder for what the processes write; created when it is not there */
    public Processes(Path logs) {
        this.logs = logs;
        try {
            Files.createDirectories(logs);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Runtime.getRuntime().addShutdownHook(atExit);
    }

    /**
     * Starts a program.
     *
     * @param name of the log files; a second start under the same name appends
     */
    public RunningProcess start(String name, List<String> command, Path folder, Map<String, String> environment) {
        var stdout = logs.resolve(name + ".out");
        var stderr = logs.resolve(name + ".err");
        var builder = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                .redirectOutput(ProcessBuilder.Redirect.appendTo(stdout.toFile()))
                .redirectError(ProcessBuilder.Redirect.appendTo(stderr.toFile()));
        builder.environment().putAll(environment);
        try {
            var out = new RunningProcess.Output(stdout, sizeOf(stdout));
            var err = new RunningProcess.Output(stderr, sizeOf(stderr));
            var running = new RunningProcess(name, builder.start(), out, err);
            started.push(running);
            return running;
        } catch (IOException e) {
            throw new UncheckedIOException(name + ": " + command.getFirst() + " cannot be started", e);
        }
    }

    /** Kills what still runs, newest first, and waits until it is gone. */
    @Override
    public void close() {
        killAll();
        try {
            Runtime.getRuntime().removeShutdownHook(atExit);
        } catch (IllegalStateException e) {
            // This JVM is ending: the hook runs anyway.
        }
    }

    private static long sizeOf(Path file) throws IOException {
        return Files.exists(file) ? Files.size(file) : 0;
    }

    private void killAll() {
        started.forEach(RunningProcess::kill);
    }
}
