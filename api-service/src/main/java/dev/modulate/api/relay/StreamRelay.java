package dev.modulate.api.relay;

import dev.modulate.observability.link.CallContext;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Joins a caller's stream to a stream of ours, message by message: the next one is taken from one side only when the
 * other side can take it, so a slow reader holds up its own stream and fills no memory.
 *
 * @param <Q> what the caller sends
 * @param <R> what the caller gets
 */
final class StreamRelay<Q, R> implements ClientResponseObserver<Q, R> {
    private final ServerCallStreamObserver<R> caller;
    private final UnaryOperator<Throwable> words;
    private final AtomicBoolean requestWanted = new AtomicBoolean(true);
    private final AtomicBoolean responseWanted = new AtomicBoolean();
    private volatile @Nullable ClientCallStreamObserver<Q> target;

    /**
     * Make it inside the call that brought the caller.
     *
     * @param words says what went wrong in terms of the caller
     */
    StreamRelay(ServerCallStreamObserver<R> caller, UnaryOperator<Throwable> words) {
        this.caller = caller;
        this.words = words;
        caller.setOnReadyHandler(this::askTarget);
        caller.setOnCancelHandler(this::cancel);
    }

    /** For callers that stream: what they send from now on goes to the target. */
    StreamObserver<Q> requests() {
        caller.disableAutoRequest();
        return new Requests();
    }

    /** Takes the first message. Call once the target's stream was opened. */
    void begin() {
        askCaller();
    }

    @Override
    public void beforeStart(ClientCallStreamObserver<Q> call) {
        target = call;
        call.disableAutoRequestWithInitial(1);
        call.setOnReadyHandler(this::askCaller);
    }

    @Override
    public void onNext(R response) {
        CallContext.outside(() -> caller.onNext(response));
        responseWanted.set(true);
        askTarget();
    }

    @Override
    public void onError(Throwable cause) {
        if (!caller.isCancelled()) {
            CallContext.outside(() -> caller.onError(words.apply(cause)));
        }
    }

    @Override
    public void onCompleted() {
        if (!caller.isCancelled()) {
            CallContext.outside(caller::onCompleted);
        }
    }

    private void askTarget() {
        var call = target;
        if (call != null && caller.isReady() && responseWanted.compareAndSet(true, false)) {
            CallContext.outside(() -> call.request(1));
        }
    }

    private void askCaller() {
        var call = target;
        if (call != null && call.isReady() && requestWanted.compareAndSet(true, false)) {
            CallContext.outside(() -> caller.request(1));
        }
    }

    private void cancel() {
        var call = target;
        if (call != null) {
            CallContext.outside(() -> call.cancel("the caller is gone", null));
        }
    }

    private final class Requests implements StreamObserver<Q> {
        @Override
        public void onNext(Q request) {
            var call = target;
            if (call != null) {
                CallContext.outside(() -> call.onNext(request));
                requestWanted.set(true);
                askCaller();
            }
        }

        @Override
        public void onError(Throwable cause) {
            cancel();
        }

        @Override
        public void onCompleted() {
            var call = target;
            if (call != null) {
                CallContext.outside(call::onCompleted);
            }
        }
    }
}
