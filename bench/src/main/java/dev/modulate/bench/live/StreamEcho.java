package dev.modulate.bench.live;

import dev.modulate.observability.metrics.Meters;
import dev.modulate.observability.server.ServerShell;
import dev.modulate.router.v1.AttachRequest;
import io.grpc.MethodDescriptor;
import io.grpc.ServerServiceDefinition;
import io.grpc.protobuf.ProtoUtils;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import java.util.List;

/** The raw echo of the messages of a control stream, on the server stack that every service runs in. */
final class StreamEcho {
    static final MethodDescriptor<AttachRequest, AttachRequest> METHOD =
            MethodDescriptor.<AttachRequest, AttachRequest>newBuilder()
                    .setType(MethodDescriptor.MethodType.BIDI_STREAMING)
                    .setFullMethodName("modulate.bench.StreamEcho/Echo")
                    .setRequestMarshaller(ProtoUtils.marshaller(AttachRequest.getDefaultInstance()))
                    .setResponseMarshaller(ProtoUtils.marshaller(AttachRequest.getDefaultInstance()))
                    .build();

    private StreamEcho() {}

    /** Serves on the port given as the only argument. */
    public static void main(String[] arguments) {
        var service = ServerServiceDefinition.builder("modulate.bench.StreamEcho")
                .addMethod(METHOD, ServerCalls.asyncBidiStreamingCall(StreamEcho::echo))
                .build();
        new ServerShell(
                        "stream-echo",
                        "127.0.0.1",
                        Integer.parseInt(arguments[0]),
                        Meters.ofProcess(),
                        List.of(service),
                        server -> {})
                .start();
    }

    private static StreamObserver<AttachRequest> echo(StreamObserver<AttachRequest> answers) {
        return new StreamObserver<>() {
            @Override
            public void onNext(AttachRequest message) {
                answers.onNext(message);
            }

            @Override
            public void onError(Throwable cause) {}

            @Override
            public void onCompleted() {
                answers.onCompleted();
            }
        };
    }
}
