package dev.modulate.executor.instance;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import dev.modulate.executor.call.Failure;
import dev.modulate.executor.call.Failure.Reason;
import dev.modulate.executor.call.Outcome;
import dev.modulate.executor.call.OutputKind;
import dev.modulate.executor.call.Payload;
import dev.modulate.executor.call.Program;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import org.jspecify.annotations.Nullable;

/**
 * A Python process that runs {@code bootstrap.py} and stays warm. One platform thread speaks with it, another reads what
 * it writes past Python on stderr.
 */
final class WarmInstance implements Instance {
    private static final Duration END_PATIENCE = Duration.ofSeconds(2);
    private static final Duration STDERR_PATIENCE = Duration.ofMillis(500);
    private static final int READ_BYTES = 16 * 1024;

    /** Told once, by the instance's thread. */
    interface StartListener {
        void ready();

        void startFailed(Failure failure);
    }

    private record Work(Call call, Listener listener) {}

    private static final int WORK_MAX = 2;

    private final Program program;
    private final FunctionProcess process;
    private final DataInputStream frames;
    private final Thread thread;
    private final Thread stderrThread;
    private final Tail tail = new Tail();
    private final BlockingQueue<Optional<Work>> next = new ArrayBlockingQueue<>(WORK_MAX);
    private volatile boolean gone;
    private volatile @Nullable Work current;

    WarmInstance(Program program, FunctionProcess process, StartListener listener) {
        this.program = program;
        this.process = process;
        this.frames = new DataInputStream(new BufferedInputStream(process.stdout(), READ_BYTES));
        String name = "instance-" + process.pid();
        this.thread = Thread.ofPlatform().name(name).daemon(true).unstarted(() -> live(listener));
        this.stderrThread =
                Thread.ofPlatform().name(name + "-stderr").daemon(true).unstarted(this::readStderr);
    }

    void start() {
        stderrThread.start();
        thread.start();
        process.onExit(() -> next.offer(Optional.empty()));
    }

    @Override
    public void call(Call call, Listener listener) {
        var work = Optional.of(new Work(call, listener));
        if (!next.offer(work)) {
            throw new IllegalStateException("instance " + process.pid() + " has a call already");
        }
        if (gone && next.remove(work)) {
            listener.ended(new Outcome.Failed(crashed()), false);
        }
    }

    @Override
    public void terminate() {
        process.terminate();
    }

    @Override
    public void kill() {
        process.kill();
    }

    void onExit(Runnable listener) {
        process.onExit(listener);
    }

    private void live(StartListener listener) {
        try {
            if (becomeReady(listener)) {
                serveCalls();
            }
        } catch (InterruptedException e) {
            process.kill();
        } finally {
            gone = true;
            next.forEach(late -> late.filter(work -> next.remove(late))
                    .ifPresent(work -> work.listener().ended(new Outcome.Failed(crashed()), false)));
        }
    }

    /** An empty entry says that the process is gone. */
    private void serveCalls() throws InterruptedException {
        for (var work = next.take(); work.isPresent(); work = next.take()) {
            tail.clear();
            current = work.get();
            if (!serve(work.get())) {
                return;
            }
        }
    }

    private boolean becomeReady(StartListener listener) {
        try {
            while (true) {
                Frame frame = Frame.read(frames);
                switch (frame.type()) {
                    case Frame.READY -> {
                        listener.ready();
                        return true;
                    }
                    case Frame.START_FAILED -> {
                        byte[][] fields = frame.fields(3);
                        listener.startFailed(Failure.of(
                                Reason.START_FAILED,
                                Frame.text(fields[0]),
                                Frame.text(fields[1]),
                                Frame.text(fields[2])));
                        process.awaitEnd(END_PATIENCE);
                        return false;
                    }
                    case Frame.STDERR -> tail.add(frame.body(), frame.body().length);
                    default -> {}
                }
            }
        } catch (IOException e) {
            String end = end();
            listener.startFailed(
                    Failure.of(Reason.START_FAILED, "the process " + end + " before it was ready", "", tail.text()));
            return false;
        }
    }

    /** False when the process is gone. */
    private boolean serve(Work work) {
        Outcome outcome;
        try {
            send(work.call());
            outcome = readOutcome(work.listener());
        } catch (IOException | IllegalArgumentException e) {
            current = null;
            work.listener().ended(new Outcome.Failed(crashed()), false);
            return false;
        }
        current = null;
        work.listener().ended(outcome, true);
        return true;
    }

    private void send(Call call) throws IOException {
        Frame.write(
                process.stdin(),
                Frame.CALL,
                List.of(
                        bytes(call.invocationId()),
                        bytes(program.tenant()),
                        bytes(program.function()),
                        bytes(Long.toString(program.version())),
                        bytes(Long.toString(call.attempt())),
                        bytes(Long.toString(call.remaining().toMillis())),
                        bytes(String.join(",", call.deviceIds())),
                        bytes(call.input().mediaType()),
                        call.input().data().toByteArray()));
    }

    private Outcome readOutcome(Listener listener) throws IOException {
        while (true) {
            Frame frame = Frame.read(frames);
            switch (frame.type()) {
                case Frame.RETURNED -> {
                    byte[][] fields = frame.fields(2);
                    return new Outcome.Returned(
                            new Payload(Frame.text(fields[0]), UnsafeByteOperations.unsafeWrap(fields[1])));
                }
                case Frame.FAILED -> {
                    return new Outcome.Failed(failure(frame.fields(4)));
                }
                case Frame.PARTIAL -> listener.output(OutputKind.RESULT, wrap(frame));
                case Frame.STDOUT -> listener.output(OutputKind.STDOUT, wrap(frame));
                case Frame.STDERR -> {
                    tail.add(frame.body(), frame.body().length);
                    listener.output(OutputKind.STDERR, wrap(frame));
                }
                default -> throw new IOException("unexpected " + frame);
            }
        }
    }

    private static Failure failure(byte[][] fields) {
        return Failure.of(
                Reason.valueOf(Frame.text(fields[0])),
                Frame.text(fields[1]),
                Frame.text(fields[2]),
                Frame.text(fields[3]));
    }

    private Failure crashed() {
        return Failure.of(Reason.FUNCTION_CRASHED, "the function's process " + end(), "", tail.text());
    }

    /** How the process ended; also waits until its last words were read. */
    private String end() {
        String words = process.awaitEnd(END_PATIENCE);
        try {
            stderrThread.join(STDERR_PATIENCE);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return words;
    }

    private void readStderr() {
        var buffer = new byte[READ_BYTES];
        try (InputStream stderr = process.stderr()) {
            for (int read = stderr.read(buffer); read >= 0; read = stderr.read(buffer)) {
                tail.add(buffer, read);
                Work work = current;
                if (work != null) {
                    work.listener().output(OutputKind.STDERR, ByteString.copyFrom(buffer, 0, read));
                }
            }
        } catch (IOException e) {
            // The process is gone; its end is told by the other thread.
            return;
        }
    }

    private static ByteString wrap(Frame frame) {
        return UnsafeByteOperations.unsafeWrap(frame.body());
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
