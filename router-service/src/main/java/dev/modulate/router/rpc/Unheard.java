package dev.modulate.router.rpc;

import io.grpc.stub.StreamObserver;

/** The rest of a stream that was refused. */
final class Unheard<T> implements StreamObserver<T> {
    @Override
    public void onNext(T message) {}

    @Override
    public void onError(Throwable cause) {}

    @Override
    public void onCompleted() {}
}
