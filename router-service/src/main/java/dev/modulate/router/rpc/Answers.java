package dev.modulate.router.rpc;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** Sends what a cell answers down a unary call. */
final class Answers {
    private Answers() {}

    static <T> void send(CompletableFuture<T> answer, StreamObserver<T> responses) {
        answer.whenComplete((value, failure) -> {
            if (failure == null) {
                responses.onNext(value);
                responses.onCompleted();
            } else {
                responses.onError(status(failure));
            }
        });
    }

    private static StatusRuntimeException status(Throwable failure) {
        return switch (failure) {
            case StatusRuntimeException status -> status;
            case CompletionException wrapped when wrapped.getCause() instanceof StatusRuntimeException status -> status;
            default ->
                Status.INTERNAL
                        .withDescription("the router failed: " + failure)
                        .withCause(failure)
                        .asRuntimeException();
        };
    }
}
