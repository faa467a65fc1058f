package dev.modulate.registry;

import static dev.modulate.registry.RegistryFunctionsTest.assertRefused;
import static dev.modulate.registry.RegistryInProcess.data;
import static dev.modulate.registry.RegistryInProcess.info;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import dev.modulate.registry.artifact.Artifact;
import dev.modulate.registry.artifact.Zips;
import dev.modulate.registry.v1.ArtifactFormat;
import dev.modulate.registry.v1.ArtifactInfo;
import dev.modulate.registry.v1.DownloadArtifactRequest;
import dev.modulate.registry.v1.DownloadArtifactResponse;
import dev.modulate.registry.v1.GetArtifactRequest;
import dev.modulate.registry.v1.UploadArtifactRequest;
import dev.modulate.registry.v1.UploadArtifactResponse;
import io.grpc.Status;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RegistryArtifactsTest {
    private static final byte[] APP = RegistryInProcess.APP;

    @TempDir
    private Path folder;

    private RegistryInProcess registry;

    @BeforeEach
    void start() {
        registry = new RegistryInProcess(folder);
    }

    @AfterEach
    void close() {
        registry.close();
    }

    @Test
    void storesAnArtifactOnceHoweverOftenItIsUploaded() {
        var stored = registry.upload(APP);
        assertThat(stored.getSha256()).isEqualTo(Zips.sha256(APP));
        assertThat(registry.upload(APP)).isEqualTo(stored);
        assertThat(artifact(stored.getSha256())).isEqualTo(stored);
        assertThat(files()).hasSize(1);
        assertUploads("stored", 2);
    }

    @Test
    void takesManyMessagesAndOverlappingUploads() {
        byte[] large = random(3_000_000);
        var messages = new ArrayList<UploadArtifactRequest>();
        messages.add(info(file(large)));
        for (int at = 0; at < large.length; at += 100_000) {
            messages.add(data(Arrays.copyOfRange(large, at, at + 100_000)));
        }
        var first = registry.upload(messages);
        var second = registry.upload(messages);
        assertThat(first.join()).isEqualTo(second.join());
        assertThat(download(Zips.sha256(large), 0)).isEqualTo(ByteString.copyFrom(large));
    }

    @Test
    void otherBytesThanAnnouncedAreRefused() {
        var other = new Artifact("0".repeat(64), APP.length, Artifact.Format.ZIP);
        assertInvalid(() -> upload(info(other), data(APP)), "info.sha256", Zips.sha256(APP));
        var shorter = new Artifact(Zips.sha256(APP), APP.length - 1, Artifact.Format.ZIP);
        assertInvalid(() -> upload(info(shorter), data(APP)), "data", "more than");
        var longer = new Artifact(Zips.sha256(APP), APP.length + 1, Artifact.Format.ZIP);
        assertInvalid(() -> upload(info(longer), data(APP)), "data", APP.length + " bytes");
        assertThat(files()).isEmpty();
        assertRefused(() -> artifact(Zips.sha256(APP)), Status.Code.NOT_FOUND, Zips.sha256(APP));
        assertUploads("refused", 3);
    }

    @Test
    void theInfoComesFirstAndOnlyOnce() {
        assertInvalid(() -> upload(), "info", "first message");
        assertInvalid(() -> upload(data(APP)), "info", "first message");
        var info = info(Zips.artifact(APP));
        assertInvalid(() -> upload(info, info), "data", "INFO");
        assertInvalid(() -> upload(info, UploadArtifactRequest.getDefaultInstance()), "data", "MESSAGE_NOT_SET");
        assertThat(files()).isEmpty();
    }

    @Test
    void theInfoIsChecked() {
        var info = info(Zips.artifact(APP)).getInfo().toBuilder();
        assertInvalid(() -> upload(info.clone().setSha256("ABC")), "info.sha256", "\"ABC\"");
        assertInvalid(() -> upload(info.clone().setSizeBytes(0)), "info.size_bytes", "\"0\"");
        assertInvalid(
                () -> upload(info.clone().setFormat(ArtifactFormat.ARTIFACT_FORMAT_UNSPECIFIED)),
                "info.format",
                "zip or file");
        assertInvalid(
                () -> upload(info.clone().setSizeBytes(RegistryInProcess.ARTIFACT_SIZE_BYTES_MAX + 1)),
                "info.size_bytes",
                "the setting registry.artifact-size-max");
    }

    @Test
    void aMessageHasABound() {
        byte[] large = random((1 << 20) + 1);
        assertInvalid(() -> upload(info(file(large)), data(large)), "data", "1 to 1048576 bytes");
    }

    @Test
    void aZipThatLeavesItsFolderIsRefused() {
        var zip = Zips.of(java.util.Map.of("../app.py", "x"));
        assertInvalid(() -> upload(info(Zips.artifact(zip)), data(zip)), "data", "entry ../app.py");
        assertThat(files()).isEmpty();
    }

    @Test
    void theSameBytesKeepTheirFormat() {
        registry.upload(APP);
        assertRefused(
                () -> upload(info(file(APP)), data(APP)), Status.Code.FAILED_PRECONDITION, "is stored with format ZIP");
    }

    @Test
    void anUploadThatIsGivenUpLeavesNothing() {
        var ignored = new StreamObserver<UploadArtifactResponse>() {
            @Override
            public void onNext(UploadArtifactResponse response) {}

            @Override
            public void onError(Throwable cause) {}

            @Override
            public void onCompleted() {}
        };
        var requests = (ClientCallStreamObserver<UploadArtifactRequest>)
                registry.streams().uploadArtifact(ignored);
        requests.onNext(info(Zips.artifact(APP)));
        await().untilAsserted(() -> assertThat(files()).hasSize(1));
        requests.cancel("given up", null);
        await().untilAsserted(() -> assertThat(files()).isEmpty());
        await().untilAsserted(() -> assertUploads("cancelled", 1));
    }

    @Test
    void downloadsFromAnOffset() {
        byte[] bytes = random(200_000);
        upload(info(file(bytes)), data(bytes));
        String sha256 = Zips.sha256(bytes);
        assertThat(download(sha256, 0)).isEqualTo(ByteString.copyFrom(bytes));
        assertThat(download(sha256, 150_001)).isEqualTo(ByteString.copyFrom(bytes, 150_001, 49_999));
        assertThat(download(sha256, 200_000)).isEqualTo(ByteString.EMPTY);
        assertRefused(() -> download(sha256, 200_001), Status.Code.INVALID_ARGUMENT, "offset: \"200001\"");
        assertRefused(() -> download(sha256, -1), Status.Code.INVALID_ARGUMENT, "offset: \"-1\"");
        assertRefused(() -> download("0".repeat(64), 0), Status.Code.NOT_FOUND, "artifact 000");
        assertRefused(() -> download("x", 0), Status.Code.INVALID_ARGUMENT, "sha256: \"x\"");
    }

    @Test
    void sendsNoMoreThanTheReaderTakes() {
        byte[] bytes = random(1_000_000);
        upload(info(file(bytes)), data(bytes));
        var reader = new SlowReader();
        registry.streams().downloadArtifact(request(Zips.sha256(bytes), 0), reader);
        await().untilAsserted(() -> assertThat(reader.messages).hasSize(1));
        assertThat(reader.messages.get(0).hasInfo()).isTrue();
        reader.take(1);
        await().untilAsserted(() -> assertThat(reader.messages).hasSize(2));
        assertThat(reader.messages.get(1).getData().size()).isEqualTo(DownloadCall.CHUNK_BYTES);
        reader.take(100);
        await().untilAsserted(() -> assertThat(reader.completed).isTrue());
        assertThat(reader.messages).hasSize(1 + 16);
        await().untilAsserted(() -> assertThat(
                        registry.meters.get(Transfers.TRANSFERS).gauge().value())
                .isZero());
    }

    @Test
    void aDownloadThatIsGivenUpEnds() {
        byte[] bytes = random(1_000_000);
        upload(info(file(bytes)), data(bytes));
        var reader = new SlowReader();
        registry.streams().downloadArtifact(request(Zips.sha256(bytes), 0), reader);
        await().untilAsserted(() -> assertThat(reader.messages).hasSize(1));
        reader.cancel();
        await().untilAsserted(() -> assertThat(
                        registry.meters.get(Transfers.TRANSFERS).gauge().value())
                .isZero());
    }

    @Test
    void aDamagedArtifactIsToldAndHealedByAnUpload() throws IOException {
        registry.upload(APP);
        String sha256 = Zips.sha256(APP);
        Files.write(files().get(0), new byte[3]);
        assertRefused(() -> download(sha256, 0), Status.Code.DATA_LOSS, "upload it again");
        registry.upload(APP);
        assertThat(download(sha256, 0)).isEqualTo(ByteString.copyFrom(APP));
    }

    private void upload(UploadArtifactRequest... messages) {
        try {
            registry.upload(List.of(messages)).join();
        } catch (java.util.concurrent.CompletionException e) {
            throw (RuntimeException) e.getCause();
        }
    }

    private void upload(ArtifactInfo.Builder info) {
        upload(UploadArtifactRequest.newBuilder().setInfo(info).build(), data(APP));
    }

    private ArtifactInfo artifact(String sha256) {
        return registry.calls()
                .getArtifact(GetArtifactRequest.newBuilder().setSha256(sha256).build())
                .getArtifact();
    }

    private ByteString download(String sha256, long offset) {
        var messages = registry.calls().downloadArtifact(request(sha256, offset));
        assertThat(messages.next().getInfo().getSha256()).isEqualTo(sha256);
        var bytes = ByteString.EMPTY;
        while (messages.hasNext()) {
            bytes = bytes.concat(messages.next().getData());
        }
        return bytes;
    }

    private static DownloadArtifactRequest request(String sha256, long offset) {
        return DownloadArtifactRequest.newBuilder()
                .setSha256(sha256)
                .setOffset(offset)
                .build();
    }

    private List<Path> files() {
        try (var all = Files.walk(folder.resolve("artifacts"))) {
            return all.filter(Files::isRegularFile).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void assertUploads(String outcome, int count) {
        await().untilAsserted(() -> assertThat(registry.meters
                        .get(UploadCall.UPLOADS)
                        .tag("outcome", outcome)
                        .counter()
                        .count())
                .isEqualTo(count));
    }

    private static void assertInvalid(ThrowingCallable call, String field, String words) {
        assertRefused(call, Status.Code.INVALID_ARGUMENT, field + ": ", words);
    }

    private static Artifact file(byte[] bytes) {
        return new Artifact(Zips.sha256(bytes), bytes.length, Artifact.Format.FILE);
    }

    private static byte[] random(int count) {
        var bytes = new byte[count];
        new Random(17).nextBytes(bytes);
        return bytes;
    }

    /** Takes one message, and then as many as a test says. */
    private static final class SlowReader
            implements ClientResponseObserver<DownloadArtifactRequest, DownloadArtifactResponse> {
        final List<DownloadArtifactResponse> messages = new CopyOnWriteArrayList<>();
        volatile boolean completed;
        private volatile @Nullable ClientCallStreamObserver<DownloadArtifactRequest> call;

        void take(int count) {
            Objects.requireNonNull(call).request(count);
        }

        void cancel() {
            Objects.requireNonNull(call).cancel("given up", null);
        }

        @Override
        public void beforeStart(ClientCallStreamObserver<DownloadArtifactRequest> call) {
            this.call = call;
            call.disableAutoRequestWithInitial(1);
        }

        @Override
        public void onNext(DownloadArtifactResponse message) {
            messages.add(message);
        }

        @Override
        public void onError(Throwable cause) {}

        @Override
        public void onCompleted() {
            completed = true;
        }
    }
}
