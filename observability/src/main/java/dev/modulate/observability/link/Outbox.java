package dev.modulate.observability.link;

import io.grpc.stub.CallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

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
    private volatile State state = State.OPEN;
    private volatile @Nullable StreamObserver<T> stream;
    private volatile @Nullable Throwable failure;

    private enum State {
        OPEN,
        COMPLETING,
        FAILING,
        CLOSED
    }

    public Outbox(int messagesMax) {
        this.messagesMax = messagesMax;
    }

    /** For a stream whose observer the caller holds: a server's response observer. */
    public void bind(StreamObserver<T> stream) {
        if (stream instanceof CallStreamObserver<T> call) {
            call.setOnReadyHandler(this::drain);
        }
        bindStarted(stream);
    }

    /** For a client's stream, whose ready handler was set in {@code beforeStart}: it must call {@link #drain}. */
    void bindStarted(StreamObserver<T> stream) {
        this.stream = stream;
        drain();
    }

    /** False when the outbox is full or closed; the message is then not sent, ever. */
    public boolean offer(T message) {
        if (state != State.OPEN) {
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

    /** True when nothing waits and the peer reads: what is offered now goes out now. */
    public boolean caughtUp() {
        var bound = stream;
        return size.get() == 0 && bound != null && ready(bound);
    }

    /** Messages that wait. */
    public int size() {
        return size.get();
    }

    /** Half-closes the stream after what waits. */
    public void complete() {
        if (state == State.OPEN) {
            state = State.COMPLETING;
        }
        drain();
    }

    /** Ends the stream with an error; what waits is dropped. */
    public void fail(Throwable cause) {
        failure = cause;
        if (state == State.OPEN || state == State.COMPLETING) {
            state = State.FAILING;
        }
        drain();
    }

    /** The stream is gone: drops what waits and sends nothing more. */
    public void close() {
        state = State.CLOSED;
        waiting.clear();
    }

    void drain() {
        if (work.getAndIncrement() == 0) {
            CallContext.outside(this::drainAlone);
        }
    }

    private void drainAlone() {
        int missed = 1;
        do {
            sendWhatWaits();
            missed = work.addAndGet(-missed);
        } while (missed != 0);
    }

    private void sendWhatWaits() {
        var bound = stream;
        if (bound == null) {
            return;
        }
        while (state != State.CLOSED && (state == State.FAILING || ready(bound))) {
            if (state == State.FAILING) {
                close();
                quietly(() -> bound.onError(Objects.requireNonNull(failure)));
                return;
            }
            T next = waiting.poll();
            if (next == null) {
                if (state == State.COMPLETING) {
                    state = State.CLOSED;
                    quietly(bound::onCompleted);
                }
                return;
            }
            size.decrementAndGet();
            quietly(() -> bound.onNext(next));
        }
    }

    private boolean ready(StreamObserver<T> bound) {
        return !(bound instanceof CallStreamObserver<T> call) || call.isReady();
    }

    /** A stream that ended in between throws here; its own observer is told why. */
    private void quietly(Runnable send) {
        try {
            send.run();
        } catch (IllegalStateException | io.grpc.StatusRuntimeException e) {
            close();
        }
    }
}
