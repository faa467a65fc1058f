package dev.modulate.observability.link;

import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import io.grpc.stub.StreamObserver;
import org.jspecify.annotations.Nullable;

/** Lets a call with one request look like a stream of both ways, so that it can be dialled again. */
public final class ServerStream<Q, R> implements ClientResponseObserver<Q, R> {
    private final StreamObserver<R> responses;
    private volatile @Nullable ClientCallStreamObserver<Q> call;

    public ServerStream(StreamObserver<R> responses) {
        this.responses = responses;
    }

    @Override
    public void beforeStart(ClientCallStreamObserver<Q> call) {
        this.call = call;
    }

    @Override
    public void onNext(R response) {
        responses.onNext(response);
    }

    @Override
    public void onError(Throwable cause) {
        responses.onError(cause);
    }

    @Override
    public void onCompleted() {
        responses.onCompleted();
    }

    /** Takes nothing; ending it ends the call. */
    public StreamObserver<Q> requests() {
        return new StreamObserver<>() {
            @Override
            public void onNext(Q request) {}

            @Override
            public void onError(Throwable cause) {
                onCompleted();
            }

            @Override
            public void onCompleted() {
                var running = call;
                if (running != null) {
                    running.cancel("no longer wanted", null);
                }
            }
        };
    }
}
