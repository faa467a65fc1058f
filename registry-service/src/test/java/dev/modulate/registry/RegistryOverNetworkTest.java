package dev.modulate.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import dev.modulate.observability.link.Stubs;
import dev.modulate.observability.metrics.Meters;
import dev.modulate.observability.server.ServerShell;
import dev.modulate.observability.settings.SettingsReader;
import dev.modulate.observability.settings.SettingsSource;
import dev.modulate.registry.artifact.Artifact;
import dev.modulate.registry.artifact.Zips;
import dev.modulate.registry.v1.DownloadArtifactRequest;
import dev.modulate.registry.v1.RegistryServiceGrpc;
import dev.modulate.registry.v1.UploadArtifactResponse;
import dev.modulate.registry.v1.WatchFunctionsRequest;
import io.grpc.BindableService;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The registry as a process shows it: settings, one port, gRPC and HTTP/JSON. */
class RegistryOverNetworkTest {
    @TempDir
    private Path data;

    private Registry registry;
    private ServerShell shell;
    private Stubs stubs;

    @BeforeEach
    void start() {
        var reader =
                new SettingsReader(SettingsSource.of(Map.of("registry.port", "0", "registry.data", data.toString())));
        var settings = RegistrySettings.read(reader);
        reader.finish();
        var meters = Meters.ofProcess();
        registry = new Registry(settings, meters, InstantSource.fixed(RegistryInProcess.NOW));
        registry.start();
        var services =
                registry.services().stream().map(BindableService::bindService).toList();
        shell = new ServerShell("registry", settings.host(), settings.port(), meters, services, server -> {});
        shell.start();
        stubs = new Stubs();
    }

    @AfterEach
    void close() {
        stubs.close();
        shell.close();
        registry.close();
    }

    @Test
    void uploadsAndDownloadsMoreThanBuffersHold() {
        var bytes = new byte[8_000_000];
        new Random(17).nextBytes(bytes);
        var artifact = new Artifact(Zips.sha256(bytes), bytes.length, Artifact.Format.FILE);
        var uploaded = new CompletableFuture<UploadArtifactResponse>();
        var requests = streams().uploadArtifact(new Answer<>(uploaded));
        requests.onNext(RegistryInProcess.info(artifact));
        for (int at = 0; at < bytes.length; at += 1_000_000) {
            requests.onNext(RegistryInProcess.data(java.util.Arrays.copyOfRange(bytes, at, at + 1_000_000)));
        }
        requests.onCompleted();
        assertThat(uploaded.join().getArtifact().getSizeBytes()).isEqualTo(bytes.length);

        var messages = calls().downloadArtifact(DownloadArtifactRequest.newBuilder()
                .setSha256(artifact.sha256())
                .setOffset(1)
                .build());
        assertThat(messages.next().hasInfo()).isTrue();
        var received = ByteString.newOutput(bytes.length);
        messages.forEachRemaining(message -> write(message.getData(), received));
        assertThat(received.toByteString().equals(ByteString.copyFrom(bytes, 1, bytes.length - 1)))
                .isTrue();
    }

    @Test
    void refusesAnUploadInTheMiddle() {
        var uploaded = new CompletableFuture<UploadArtifactResponse>();
        var requests = streams().uploadArtifact(new Answer<>(uploaded));
        requests.onNext(RegistryInProcess.info(new Artifact("0".repeat(64), 5, Artifact.Format.FILE)));
        requests.onNext(RegistryInProcess.data(new byte[6]));
        assertThat(uploaded)
                .failsWithin(60, TimeUnit.SECONDS)
                .withThrowableThat()
                .havingCause()
                .satisfies(cause ->
                        assertThat(Status.fromThrowable(cause).getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT));
    }

    @Test
    void endsWatchesWhenItStops() {
        var ended = new CompletableFuture<dev.modulate.registry.v1.WatchFunctionsResponse>();
        var messages = calls().watchFunctions(WatchFunctionsRequest.getDefaultInstance());
        assertThat(messages.next().hasSnapshotBegin()).isTrue();
        assertThat(messages.next().hasSnapshotEnd()).isTrue();
        streams().watchFunctions(WatchFunctionsRequest.getDefaultInstance(), new Ending(ended));
        await().untilAsserted(() -> assertThat(get("/metrics")).contains("modulate_registry_watchers 2.0"));
        registry.close();
        assertThat(ended)
                .failsWithin(60, TimeUnit.SECONDS)
                .withThrowableThat()
                .havingCause()
                .satisfies(cause ->
                        assertThat(Status.fromThrowable(cause).getCode()).isEqualTo(Status.Code.UNAVAILABLE));
    }

    @Test
    void answersOverHttp() throws Exception {
        assertThat(get("/v1/functions")).isEqualTo("{}");
        assertThat(get("/v1/functions/none")).contains("functions/none does not exist");
        assertThat(get("/metrics")).contains("modulate_registry_functions 0.0");
    }

    private RegistryServiceGrpc.RegistryServiceBlockingStub calls() {
        return stubs.of("127.0.0.1:" + shell.port(), RegistryServiceGrpc.RegistryServiceBlockingStub.class)
                .withDeadlineAfter(60, TimeUnit.SECONDS);
    }

    private RegistryServiceGrpc.RegistryServiceStub streams() {
        return stubs.of("127.0.0.1:" + shell.port(), RegistryServiceGrpc.RegistryServiceStub.class);
    }

    private String get(String path) throws IOException, InterruptedException {
        var uri = URI.create("http://127.0.0.1:" + shell.port() + path);
        // As curl and Prometheus do; the upgrade to HTTP/2 that this client would ask for is nobody's way in.
        try (var client =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()) {
            return client.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString())
                    .body();
        }
    }

    private static void write(ByteString bytes, ByteString.Output output) {
        try {
            bytes.writeTo(output);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private record Answer<T>(CompletableFuture<T> value) implements StreamObserver<T> {
        @Override
        public void onNext(T next) {
            value.complete(next);
        }

        @Override
        public void onError(Throwable cause) {
            value.completeExceptionally(cause);
        }

        @Override
        public void onCompleted() {}
    }

    /** Waits for the end only. */
    private record Ending(CompletableFuture<dev.modulate.registry.v1.WatchFunctionsResponse> value)
            implements StreamObserver<dev.modulate.registry.v1.WatchFunctionsResponse> {
        @Override
        public void onNext(dev.modulate.registry.v1.WatchFunctionsResponse next) {}

        @Override
        public void onError(Throwable cause) {
            value.completeExceptionally(cause);
        }

        @Override
        public void onCompleted() {}
    }
}
