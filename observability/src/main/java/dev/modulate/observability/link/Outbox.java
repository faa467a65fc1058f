package dev.modulate.observability.link;

import io.grpc.stub.CallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Sends messages from any thread down one stream, in order, holding no lock: the thread that finds the outbox idle
 * sends for all. A peer that does not keep up fills the outbox, not the memory: {@link #offer} then says no.
 *
 * <p>Bind it to the observer of a stream once, inside the call that opens it; the outbox takes the observer's ready
 * handler. Messages offered before wait.
 */
public final class Outbox<T> {
    private final int messagesMax;
    private final Queue<T> waiting = new ConcurrentLinkedQueue<>();
    private final AtomicInteger size = new AtomicInteger();
    private final AtomicInteger work = new AtomicInteger();
    private volatile State state = State.UNBOUND;
    private volatile StreamObserver<T> stream = new NoStream<>();

    private enum State {
        UNBOUND,
        OPEN,
        COMPLETING,
        CLOSED
    }

    public Outbox(int messagesMax) {
        this.messagesMax = messagesMax;
    }

    /** For a stream whose observer the caller holds: a server's response observer. */
    public void bind(StreamObserver<T> stream) {
        this.stream = stream;
        if (stream instanceof CallStreamObserver<T> call) {
            call.setOnReadyHandler(this::drain);
        }
        open();
    }

    /** For a client's stream, whose ready handler was set in {@code beforeStart}: it must call {@link #drain}. */
    void bindStarted(StreamObserver<T> stream) {
        this.stream = stream;
        open();
    }

    private void open() {
        if (state == State.UNBOUND) {
            state = State.OPEN;
        }
        drain();
    }

    /** False when the outbox is full or closed; the message is then not sent, ever. */
    public boolean offer(T message) {
        if (state == State.CLOSED || state == State.COMPLETING) {
            return false;
        }
        if (size.incrementAndGet() > messagesMax) {
            size.decrementAndGet();
            return false;
        }
        waiting.add(message);
        drain();
        return true;
    }

    /** Messages that wait. */
    public int size() {
        return size.get();
    }

    /** Half-closes the stream after what waits. */
    public void complete() {
        if (state == State.OPEN || state == State.UNBOUND) {
            state = State.COMPLETING;
        }
        drain();
    }

    /** The stream is gone: drops what waits and sends nothing more. */
    public void close() {
        state = State.CLOSED;
        waiting.clear();
    }

    void drain() {
        if (work.getAndIncrement() != 0) {
            return;
        }
        int missed = 1;
        do {
            sendWhatWaits();
            missed = work.addAndGet(-missed);
        } while (missed != 0);
    }

    private void sendWhatWaits() {
        while (state != State.CLOSED && state != State.UNBOUND && ready()) {
            T next = waiting.poll();
            if (next == null) {
                if (state == State.COMPLETING) {
                    state = State.CLOSED;
                    quietly(stream::onCompleted);
                }
                return;
            }
            size.decrementAndGet();
            quietly(() -> stream.onNext(next));
        }
    }

    private boolean ready() {
        return !(stream instanceof CallStreamObserver<T> call) || call.isReady();
    }

    /** A stream that ended in between throws here; its own observer is told why. */
    private void quietly(Runnable send) {
        try {
            send.run();
        } catch (IllegalStateException | io.grpc.StatusRuntimeException e) {
            close();
        }
    }

    private static final class NoStream<T> implements StreamObserver<T> {
        @Override
        public void onNext(T value) {}

        @Override
        public void onError(Throwable cause) {}

        @Override
        public void onCompleted() {}
    }
}
