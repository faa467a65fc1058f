package dev.modulate.it.process;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A process of ours. */
public final class RunningProcess {
    private static final int TAIL_LINES = 40;

    private final String name;
    private final Process process;
    private final Output stdout;
    private final Output stderr;

    RunningProcess(String name, Process process, Output stdout, Output stderr) {
        this.name = name;
        this.process = process;
        this.stdout = stdout;
        this.stderr = stderr;
    }

    /** What a start writes: a file from where an earlier start of the same name ended. */
    record Output(Path file, long skip) {
        String read() {
            try (var in = Files.newInputStream(file)) {
                in.skipNBytes(skip);
                return new String(in.readAllBytes(), StandardCharsets.UTF_8);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    public String name() {
        return name;
    }

    public long pid() {
        return process.pid();
    }

    public boolean alive() {
        return process.isAlive();
    }

    /** Processes it has started, and theirs. */
    public List<ProcessHandle> descendants() {
        return process.descendants().toList();
    }

    /** {@code kill -9}, and waits until it is gone. */
    public void kill() {
        process.destroyForcibly();
        await(Duration.ofSeconds(20));
    }

    /** {@code kill -TERM}; does not wait. */
    public void terminate() {
        process.destroy();
    }

    /** Freezes the process as a machine that swaps or a paused VM would. */
    public void freeze() {
        signal("STOP");
    }

    public void thaw() {
        signal("CONT");
    }

    /**
     * Waits for the end.
     *
     * @return the exit status
     */
    public int await(Duration atMost) {
        try {
            if (!process.waitFor(atMost.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new IllegalStateException(name + " still runs after " + atMost + "\n" + tail());
            }
            return process.exitValue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while " + name + " ran", e);
        }
    }

    /** What it has written on standard output. */
    public String stdout() {
        return stdout.read();
    }

    /** What it has written on standard error: the log. */
    public String stderr() {
        return stderr.read();
    }

    /** The end of both, for the message of a test that fails. */
    public String tail() {
        return "--- " + name + " (pid " + pid() + (alive() ? ", alive" : ", ended with " + process.exitValue()) + ")\n"
                + lastLines(stdout()) + lastLines(stderr());
    }

    /** Resident memory of the process alone. */
    public long residentBytes() {
        return statusKibibytes("VmRSS:") * 1024;
    }

    private long statusKibibytes(String field) {
        return new Output(Path.of("/proc/" + pid() + "/status"), 0)
                .read()
                .lines()
                .filter(line -> line.startsWith(field))
                .map(line -> line.replaceAll("\\D", ""))
                .mapToLong(Long::parseLong)
                .findFirst()
                .orElseThrow(() -> new IllegalStateException(name + " has no " + field));
    }

    private void signal(String signal) {
        try {
            int status = new ProcessBuilder("kill", "-" + signal, Long.toString(pid()))
                    .start()
                    .waitFor();
            if (status != 0) {
                throw new IllegalStateException("kill -" + signal + " " + name + " ended with " + status);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    private static String lastLines(String text) {
        var lines = text.lines().toList();
        return String.join("\n", lines.subList(Math.max(0, lines.size() - TAIL_LINES), lines.size())) + "\n";
    }
}
