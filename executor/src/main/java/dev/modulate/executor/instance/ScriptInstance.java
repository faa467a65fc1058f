package dev.modulate.executor.instance;

import com.google.protobuf.ByteString;
import dev.modulate.executor.call.Failure;
import dev.modulate.executor.call.Failure.Reason;
import dev.modulate.executor.call.Outcome;
import dev.modulate.executor.call.OutputKind;
import dev.modulate.executor.call.Payload;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One run of a script: input on stdin, from a file so that nobody has to feed it; stdout is followed as output and, at
 * exit code 0, is the result.
 */
final class ScriptInstance implements Instance {
    private static final Logger LOG = LoggerFactory.getLogger(ScriptInstance.class);
    private static final String RESULT_TYPE = "text/plain; charset=utf-8";
    private static final Duration END_PATIENCE = Duration.ofSeconds(2);
    private static final Duration STDERR_PATIENCE = Duration.ofMillis(500);
    private static final int READ_BYTES = 16 * 1024;

    private final BiFunction<Call, Path, FunctionProcess> spawn;
    private final Path folder;
    private final int resultBytesMax;
    private final Object lock = new Object();
    private @Nullable FunctionProcess process;
    private boolean killed;

    /**
     * @param spawn starts the script with its stdin from a file, or throws {@link UncheckedIOException}
     * @param folder for that file
     */
    ScriptInstance(BiFunction<Call, Path, FunctionProcess> spawn, Path folder, int resultBytesMax) {
        this.spawn = spawn;
        this.folder = folder;
        this.resultBytesMax = resultBytesMax;
    }

    @Override
    public void call(Call call, Listener listener) {
        Thread.ofPlatform().name("script").daemon(true).start(() -> listener.ended(run(call, listener), false));
    }

    @Override
    public void terminate() {
        synchronized (lock) {
            if (process != null) {
                process.terminate();
            }
        }
    }

    @Override
    public void kill() {
        synchronized (lock) {
            killed = true;
            if (process != null) {
                process.kill();
            }
        }
    }

    private Outcome run(Call call, Listener listener) {
        Path stdin = null;
        try {
            stdin = Files.createTempFile(folder, "input-", ".bin");
            try (var out = Files.newOutputStream(stdin)) {
                call.input().data().writeTo(out);
            }
            return follow(started(spawn.apply(call, stdin)), listener);
        } catch (IOException | UncheckedIOException e) {
            return new Outcome.Failed(Failure.of(Reason.START_FAILED, String.valueOf(e.getMessage())));
        } finally {
            delete(stdin);
        }
    }

    private FunctionProcess started(FunctionProcess spawned) {
        synchronized (lock) {
            process = spawned;
            if (killed) {
                spawned.kill();
            }
        }
        return spawned;
    }

    private Outcome follow(FunctionProcess script, Listener listener) {
        var tail = new Tail();
        var stderrThread = Thread.ofPlatform()
                .name("script-" + script.pid() + "-stderr")
                .daemon(true)
                .start(() -> read(script.stderr(), (data, length) -> {
                    tail.add(data, length);
                    listener.output(OutputKind.STDERR, ByteString.copyFrom(data, 0, length));
                }));
        var result = new ByteArrayOutputStream();
        var size = new long[1];
        read(script.stdout(), (data, length) -> {
            size[0] += length;
            if (size[0] <= resultBytesMax) {
                result.write(data, 0, length);
            }
            listener.output(OutputKind.STDOUT, ByteString.copyFrom(data, 0, length));
        });
        script.awaitEnd(END_PATIENCE);
        join(stderrThread);
        return outcome(script, tail, result, size[0]);
    }

    private Outcome outcome(FunctionProcess script, Tail tail, ByteArrayOutputStream result, long size) {
        int exitCode = script.exitCode();
        if (exitCode > 128) {
            return new Outcome.Failed(Failure.of(
                    Reason.FUNCTION_CRASHED, "the script " + FunctionProcess.words(exitCode), "", tail.text()));
        }
        if (exitCode != 0) {
            return new Outcome.Failed(Failure.of(
                    Reason.FUNCTION_ERROR, "the script " + FunctionProcess.words(exitCode), "", tail.text()));
        }
        if (size > resultBytesMax) {
            return new Outcome.Failed(Failure.of(
                    Reason.OUTPUT_TOO_LARGE,
                    "the script wrote " + size + " bytes (expected: at most " + resultBytesMax + ")"));
        }
        return new Outcome.Returned(new Payload(RESULT_TYPE, ByteString.copyFrom(result.toByteArray())));
    }

    private interface Received {
        void bytes(byte[] data, int length);
    }

    private static void read(InputStream stream, Received received) {
        var buffer = new byte[READ_BYTES];
        try (stream) {
            for (int read = stream.read(buffer); read >= 0; read = stream.read(buffer)) {
                received.bytes(buffer, read);
            }
        } catch (IOException e) {
            LOG.atDebug().addKeyValue("cause", e.getMessage()).log("pipe of a script ended");
        }
    }

    private static void join(Thread thread) {
        try {
            thread.join(STDERR_PATIENCE);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void delete(@Nullable Path file) {
        try {
            if (file != null) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            LOG.atWarn()
                    .addKeyValue("file", file)
                    .addKeyValue("cause", e.getMessage())
                    .log("input file stays behind");
        }
    }
}
