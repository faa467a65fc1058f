package dev.modulate.executor.artifact;

import dev.modulate.registry.v1.ArtifactFormat;
import dev.modulate.registry.v1.ArtifactInfo;
import dev.modulate.registry.v1.DownloadArtifactRequest;
import dev.modulate.registry.v1.DownloadArtifactResponse;
import dev.modulate.registry.v1.RegistryServiceGrpc.RegistryServiceStub;
import io.grpc.Status;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** One download into one file, verified while it is written. Blocks: for a virtual thread. */
final class Download {
    private static final int MESSAGES_AHEAD = 2;
    private static final Duration SILENCE_MAX = Duration.ofSeconds(30);

    private final RegistryServiceStub registry;
    private final String sha256;

    /** A message, or the end: with a cause when it failed. */
    private record Event(
            @Nullable DownloadArtifactResponse message,
            @Nullable Throwable cause) {}

    Download(RegistryServiceStub registry, String sha256) {
        this.registry = registry;
        this.sha256 = sha256;
    }

    ArtifactFormat into(Path file) throws InterruptedException {
        var digest = sha256();
        var stream = new Stream();
        registry.downloadArtifact(
                DownloadArtifactRequest.newBuilder().setSha256(sha256).build(), stream);
        var format = ArtifactFormat.ARTIFACT_FORMAT_UNSPECIFIED;
        try (OutputStream out = new DigestOutputStream(Files.newOutputStream(file), digest)) {
            for (var message = stream.next(); message != null; message = stream.next()) {
                if (message.hasInfo()) {
                    ArtifactInfo info = message.getInfo();
                    format = info.getFormat();
                } else {
                    message.getData().writeTo(out);
                }
            }
        } catch (IOException e) {
            stream.cancel();
            throw new ArtifactException("artifact " + sha256 + ": cannot be written: " + e.getMessage(), e);
        }
        String actual = HexFormat.of().formatHex(digest.digest());
        if (!actual.equals(sha256)) {
            throw new ArtifactException("artifact " + sha256 + ": the bytes have digest " + actual);
        }
        return format;
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private final class Stream implements ClientResponseObserver<DownloadArtifactRequest, DownloadArtifactResponse> {
        private final BlockingQueue<Event> events = new ArrayBlockingQueue<>(MESSAGES_AHEAD + 1);
        private volatile @Nullable ClientCallStreamObserver<DownloadArtifactRequest> call;
        private boolean first = true;

        @Override
        public void beforeStart(ClientCallStreamObserver<DownloadArtifactRequest> call) {
            this.call = call;
            call.disableAutoRequestWithInitial(MESSAGES_AHEAD);
        }

        @Override
        public void onNext(DownloadArtifactResponse message) {
            events.add(new Event(message, null));
        }

        @Override
        public void onError(Throwable cause) {
            if (!events.offer(new Event(null, cause))) {
                throw new IllegalStateException("more messages than asked for", cause);
            }
        }

        @Override
        public void onCompleted() {
            events.add(new Event(null, null));
        }

        /** The next message, null at the end. */
        @Nullable
        DownloadArtifactResponse next() throws InterruptedException {
            var running = call;
            if (!first && running != null) {
                running.request(1);
            }
            first = false;
            Event event = events.poll(SILENCE_MAX.toMillis(), TimeUnit.MILLISECONDS);
            if (event == null) {
                cancel();
                throw new ArtifactException("artifact " + sha256 + ": the registry fell silent");
            }
            if (event.cause() != null) {
                throw problem(Status.fromThrowable(event.cause()), event.cause());
            }
            return event.message();
        }

        private ArtifactException problem(Status status, Throwable cause) {
            String message =
                    "artifact " + sha256 + ": the registry says " + status.getCode() + " " + status.getDescription();
            return status.getCode() == Status.Code.UNAVAILABLE
                    ? new ArtifactException.Unavailable(message, cause)
                    : new ArtifactException(message, cause);
        }

        void cancel() {
            var running = call;
            if (running != null) {
                running.cancel("not wanted any more", null);
            }
        }
    }
}
