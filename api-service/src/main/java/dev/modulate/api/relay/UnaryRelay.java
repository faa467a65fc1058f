package dev.modulate.api.relay;

import dev.modulate.observability.link.CallContext;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.function.BiConsumer;
import java.util.function.UnaryOperator;

/** Gives a caller the one answer of another call. */
final class UnaryRelay<R> implements StreamObserver<R> {
    private final StreamObserver<R> caller;
    private final UnaryOperator<Throwable> words;
    private final BiConsumer<R, Runnable> before;

    /**
     * Make it inside the call that brought the caller.
     *
     * @param words says what went wrong in terms of the caller
     * @param before does what must be done first, then runs the answer
     */
    UnaryRelay(StreamObserver<R> caller, UnaryOperator<Throwable> words, BiConsumer<R, Runnable> before) {
        this.caller = caller;
        this.words = words;
        this.before = before;
        if (caller instanceof ServerCallStreamObserver<R> call) {
            // Without a handler, answering a caller that is gone throws.
            call.setOnCancelHandler(() -> {});
        }
    }

    @Override
    public void onNext(R response) {
        before.accept(
                response,
                () -> CallContext.outside(() -> {
                    caller.onNext(response);
                    caller.onCompleted();
                }));
    }

    @Override
    public void onError(Throwable cause) {
        CallContext.outside(() -> caller.onError(words.apply(cause)));
    }

    @Override
    public void onCompleted() {}
}
