package dev.modulate.observability.link;

import io.grpc.stub.StreamObserver;
import java.util.concurrent.CompletableFuture;

/** The one answer of a call, as a future. */
public final class UnaryAnswer<R> implements StreamObserver<R> {
    private final CompletableFuture<R> future = new CompletableFuture<>();

    public CompletableFuture<R> future() {
        return future;
    }

    @Override
    public void onNext(R response) {
        future.complete(response);
    }

    @Override
    public void onError(Throwable cause) {
        future.completeExceptionally(cause);
    }

    @Override
    public void onCompleted() {
        future.completeExceptionally(new IllegalStateException("the call ended without an answer"));
    }
}
