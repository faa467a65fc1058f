package dev.modulate.api.invocation;

import dev.modulate.observability.link.CallContext;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.concurrent.atomic.AtomicBoolean;

/** Answers one unary call once, from any thread. A caller that is gone is told nothing. */
final class Reply<R> {
    private final StreamObserver<R> observer;
    private final AtomicBoolean done = new AtomicBoolean();

    Reply(StreamObserver<R> observer) {
        this.observer = observer;
    }

    /** Ask inside the call that brought the observer. */
    void onGone(Runnable gone) {
        if (observer instanceof ServerCallStreamObserver<R> call) {
            call.setOnCancelHandler(() -> {
                if (done.compareAndSet(false, true)) {
                    gone.run();
                }
            });
        }
    }

    boolean isDone() {
        return done.get();
    }

    boolean answer(R response) {
        boolean first = done.compareAndSet(false, true);
        if (first) {
            CallContext.outside(() -> {
                observer.onNext(response);
                observer.onCompleted();
            });
        }
        return first;
    }

    boolean fail(Throwable cause) {
        boolean first = done.compareAndSet(false, true);
        if (first) {
            CallContext.outside(() -> observer.onError(Refusals.cause(cause)));
        }
        return first;
    }
}
