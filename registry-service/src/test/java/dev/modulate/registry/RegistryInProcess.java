package dev.modulate.registry;

import com.google.protobuf.ByteString;
import dev.modulate.registry.artifact.Artifact;
import dev.modulate.registry.artifact.Zips;
import dev.modulate.registry.v1.ArtifactFormat;
import dev.modulate.registry.v1.ArtifactInfo;
import dev.modulate.registry.v1.CreateFunctionRequest;
import dev.modulate.registry.v1.Function;
import dev.modulate.registry.v1.FunctionSpec;
import dev.modulate.registry.v1.RegistryServiceGrpc;
import dev.modulate.registry.v1.UploadArtifactRequest;
import dev.modulate.registry.v1.UploadArtifactResponse;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import io.grpc.stub.StreamObserver;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** A whole registry on a folder, called over grpc-java's in-process transport. */
final class RegistryInProcess implements AutoCloseable {
    static final long ARTIFACT_SIZE_BYTES_MAX = 4 << 20;
    static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
    static final byte[] APP = Zips.of(Map.of("app.py", "def handler(event, context): return event"));

    final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final Registry registry;
    private final Server server;
    private final ManagedChannel channel;

    RegistryInProcess(Path data) {
        var settings = new RegistrySettings("127.0.0.1", 0, data, ARTIFACT_SIZE_BYTES_MAX);
        registry = new Registry(settings, meters, InstantSource.fixed(NOW));
        registry.start();
        String name = InProcessServerBuilder.generateName();
        var builder = InProcessServerBuilder.forName(name).directExecutor();
        registry.services().forEach(builder::addService);
        try {
            server = builder.build().start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        channel = InProcessChannelBuilder.forName(name).directExecutor().build();
    }

    RegistryServiceGrpc.RegistryServiceBlockingStub calls() {
        return RegistryServiceGrpc.newBlockingStub(channel).withDeadlineAfter(60, TimeUnit.SECONDS);
    }

    RegistryServiceGrpc.RegistryServiceStub streams() {
        return RegistryServiceGrpc.newStub(channel);
    }

    /** Uploads the zip {@link #APP} and creates a function of it. */
    Function create(String id) {
        upload(APP);
        return calls().createFunction(createRequest(id)).getFunction();
    }

    static CreateFunctionRequest createRequest(String id) {
        return CreateFunctionRequest.newBuilder()
                .setFunctionId(id)
                .setFunction(Function.newBuilder().setSpec(spec()))
                .build();
    }

    static FunctionSpec spec() {
        return FunctionSpec.newBuilder()
                .setRuntime(dev.modulate.registry.v1.Runtime.RUNTIME_PYTHON)
                .setArtifactSha256(Zips.sha256(APP))
                .setHandler("app.handler")
                .build();
    }

    ArtifactInfo upload(byte[] zip) {
        return upload(List.of(info(Zips.artifact(zip)), data(zip))).join().getArtifact();
    }

    /** Sends the messages as they are. */
    CompletableFuture<UploadArtifactResponse> upload(List<UploadArtifactRequest> messages) {
        var answer = new Answer<UploadArtifactResponse>();
        var requests = streams().uploadArtifact(answer);
        messages.forEach(requests::onNext);
        requests.onCompleted();
        return answer.value;
    }

    static UploadArtifactRequest info(Artifact artifact) {
        return UploadArtifactRequest.newBuilder()
                .setInfo(ArtifactInfo.newBuilder()
                        .setSha256(artifact.sha256())
                        .setSizeBytes(artifact.sizeBytes())
                        .setFormat(
                                artifact.format() == Artifact.Format.ZIP
                                        ? ArtifactFormat.ARTIFACT_FORMAT_ZIP
                                        : ArtifactFormat.ARTIFACT_FORMAT_FILE))
                .build();
    }

    static UploadArtifactRequest data(byte[] bytes) {
        return UploadArtifactRequest.newBuilder()
                .setData(ByteString.copyFrom(bytes))
                .build();
    }

    @Override
    public void close() {
        channel.shutdownNow();
        server.shutdownNow();
        registry.close();
    }

    private static final class Answer<T> implements StreamObserver<T> {
        final CompletableFuture<T> value = new CompletableFuture<>();

        @Override
        public void onNext(T next) {
            value.complete(next);
        }

        @Override
        public void onError(Throwable cause) {
            value.completeExceptionally(cause);
        }

        @Override
        public void onCompleted() {
            value.completeExceptionally(new IllegalStateException("ended without an answer"));
        }
    }
}
