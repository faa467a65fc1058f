package dev.modulate.bench;

import com.google.protobuf.ByteString;
import com.google.protobuf.BytesValue;
import dev.modulate.observability.link.Stubs;
import dev.modulate.observability.metrics.Meters;
import dev.modulate.observability.server.ServerShell;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.MethodDescriptor;
import io.grpc.ServerServiceDefinition;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.protobuf.ProtoUtils;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** The raw unary echo of the server stack that every service runs in: the ceiling for any call. */
final class Echo {
    static final BytesValue MESSAGE = BytesValue.of(ByteString.copyFrom(new byte[128]));

    private static final MethodDescriptor<BytesValue, BytesValue> METHOD =
            MethodDescriptor.<BytesValue, BytesValue>newBuilder()
                    .setType(MethodDescriptor.MethodType.UNARY)
                    .setFullMethodName("modulate.bench.Echo/Echo")
                    .setRequestMarshaller(ProtoUtils.marshaller(BytesValue.getDefaultInstance()))
                    .setResponseMarshaller(ProtoUtils.marshaller(BytesValue.getDefaultInstance()))
                    .build();

    private Echo() {}

    /** Serves on the port given as the only argument. */
    public static void main(String[] arguments) {
        var service = ServerServiceDefinition.builder("modulate.bench.Echo")
                .addMethod(METHOD, ServerCalls.asyncUnaryCall((request, answer) -> {
                    answer.onNext(request);
                    answer.onCompleted();
                }))
                .build();
        new ServerShell(
                        "echo",
                        "127.0.0.1",
                        Integer.parseInt(arguments[0]),
                        Meters.ofProcess(),
                        List.of(service),
                        server -> {})
                .start();
    }

    static CompletableFuture<?> call(Channel channel) {
        var done = new Answer<BytesValue>();
        ClientCalls.asyncUnaryCall(channel.newCall(METHOD, CallOptions.DEFAULT), MESSAGE, done);
        return done.future;
    }

    static Channel channel(Stubs stubs, int port) {
        return stubs.of("127.0.0.1:" + port, HealthGrpc.HealthStub.class).getChannel();
    }

    /** The one answer of a unary call. */
    static final class Answer<T> implements StreamObserver<T> {
        final CompletableFuture<T> future = new CompletableFuture<>();

        @Override
        public void onNext(T answer) {
            future.complete(answer);
        }

        @Override
        public void onError(Throwable cause) {
            future.completeExceptionally(cause);
        }

        @Override
        public void onCompleted() {}
    }
}
