package dev.modulate.executor;

import dev.modulate.executor.v1.OutputServiceGrpc;
import dev.modulate.executor.v1.OutputSink;
import dev.modulate.executor.v1.PushAck;
import dev.modulate.executor.v1.PushOutput;
import dev.modulate.executor.v1.PushRequest;
import dev.modulate.executor.v1.PushResponse;
import dev.modulate.executor.v1.PushResult;
import dev.modulate.executor.v1.PushWelcome;
import dev.modulate.invocation.v1.OutputChunk;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** An API that remembers what is pushed, and acknowledges it when a test lets it. */
final class FakeApi extends OutputServiceGrpc.OutputServiceImplBase {
    static final OutputSink SINK =
            OutputSink.newBuilder().setAddress("api").setIncarnation("one").build();

    private final List<PushOutput> outputs = new ArrayList<>();
    private final List<PushResult> results = new ArrayList<>();
    private @Nullable StreamObserver<PushResponse> stream;
    private boolean acknowledging = true;
    private String incarnation = "one";
    private long windowBytes = 256 * 1024;

    @Override
    public StreamObserver<PushRequest> push(StreamObserver<PushResponse> responses) {
        return new StreamObserver<>() {
            @Override
            public void onNext(PushRequest message) {
                received(message, responses);
            }

            @Override
            public void onError(Throwable cause) {}

            @Override
            public void onCompleted() {
                responses.onCompleted();
            }
        };
    }

    private synchronized void received(PushRequest message, StreamObserver<PushResponse> responses) {
        switch (message.getMessageCase()) {
            case HELLO -> {
                stream = responses;
                responses.onNext(PushResponse.newBuilder()
                        .setWelcome(PushWelcome.newBuilder()
                                .setIncarnation(incarnation)
                                .setWindowBytes(windowBytes))
                        .build());
            }
            case OUTPUT -> {
                outputs.add(message.getOutput());
                var chunk = message.getOutput().getChunk();
                acknowledge(PushAck.newBuilder()
                        .setTaskId(message.getOutput().getTaskId())
                        .setAttempt(chunk.getAttempt())
                        .setOffset(chunk.getOffset() + chunk.getData().size()));
            }
            case RESULT -> {
                results.add(message.getResult());
                acknowledge(PushAck.newBuilder()
                        .setTaskId(message.getResult().getTaskId())
                        .setAttempt(message.getResult().getAttempt())
                        .setResult(true));
            }
            case MESSAGE_NOT_SET -> throw new IllegalStateException();
        }
    }

    private void acknowledge(PushAck.Builder ack) {
        if (acknowledging && stream != null) {
            stream.onNext(PushResponse.newBuilder().setAck(ack).build());
        }
    }

    synchronized void acknowledging(boolean acknowledging) {
        this.acknowledging = acknowledging;
    }

    synchronized void window(long bytes) {
        windowBytes = bytes;
    }

    synchronized void cut(String nextIncarnation) {
        incarnation = nextIncarnation;
        var open = stream;
        stream = null;
        if (open != null) {
            open.onError(Status.UNAVAILABLE.asException());
        }
    }

    synchronized List<PushResult> results(String id) {
        return results.stream().filter(result -> result.getTaskId().equals(id)).toList();
    }

    synchronized List<OutputChunk> chunks(String id) {
        return outputs.stream()
                .filter(output -> output.getTaskId().equals(id))
                .map(PushOutput::getChunk)
                .toList();
    }

    /** All of one stream put together. */
    String text(String id, OutputChunk.Stream stream) {
        var text = new StringBuilder();
        chunks(id).stream()
                .filter(chunk -> chunk.getStream() == stream)
                .forEach(chunk -> text.append(chunk.getData().toStringUtf8()));
        return text.toString();
    }
}
