package dev.modulate.executor.instance;

import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** A spawned process and everything it starts: its process group. Safe for any thread. */
final class FunctionProcess {
    private final Process process;
    private final boolean leadsGroup;
    private final Sentinel sentinel;

    FunctionProcess(Process process, boolean leadsGroup, Sentinel sentinel) {
        this.process = process;
        this.leadsGroup = leadsGroup;
        this.sentinel = sentinel;
        if (leadsGroup) {
            sentinel.add(process.pid());
        }
        process.onExit().thenRun(this::buryGroup);
    }

    /** What the leader left behind dies with it, and so releases its pipes. */
    private void buryGroup() {
        if (leadsGroup) {
            Signals.toGroup(process.pid(), Signals.KILL);
            sentinel.forget(process.pid());
        }
    }

    OutputStream stdin() {
        return process.getOutputStream();
    }

    InputStream stdout() {
        return process.getInputStream();
    }

    InputStream stderr() {
        return process.getErrorStream();
    }

    long pid() {
        return process.pid();
    }

    boolean alive() {
        return process.isAlive();
    }

    /** Asks to end. */
    void terminate() {
        if (process.isAlive()) {
            signal(Signals.TERM);
            process.destroy();
        }
    }

    /** Ends it, with everything it has started. */
    void kill() {
        if (process.isAlive()) {
            signal(Signals.KILL);
            process.destroyForcibly();
        }
    }

    /** The leader becomes one by itself, a moment after it was spawned: until then it alone can be reached. */
    private void signal(int signal) {
        if (leadsGroup) {
            Signals.toGroup(process.pid(), signal);
        }
    }

    void onExit(Runnable listener) {
        process.onExit().thenRun(listener);
    }

    /** Waits for the end, which it brings about when it does not come in time. */
    String awaitEnd(Duration patience) {
        try {
            if (!process.waitFor(patience.toNanos(), TimeUnit.NANOSECONDS)) {
                kill();
                process.waitFor();
            }
            return words(process.exitValue());
        } catch (InterruptedException e) {
            kill();
            Thread.currentThread().interrupt();
            return "was killed at the end of the executor";
        }
    }

    /** Only once it has ended. */
    int exitCode() {
        return process.exitValue();
    }

    static String words(int exitCode) {
        if (exitCode <= 128) {
            return "ended with exit code " + exitCode;
        }
        int signal = exitCode - 128;
        String name = switch (signal) {
            case 6 -> " (SIGABRT)";
            case 9 -> " (SIGKILL)";
            case 11 -> " (SIGSEGV)";
            case 15 -> " (SIGTERM)";
            default -> "";
        };
        return "was ended by signal " + signal + name;
    }
}
