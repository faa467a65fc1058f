package dev.modulate.registry;

import com.google.protobuf.UnsafeByteOperations;
import com.google.rpc.Code;
import dev.modulate.observability.server.GrpcErrors;
import dev.modulate.registry.artifact.Artifact;
import dev.modulate.registry.proto.RegistryProto;
import dev.modulate.registry.v1.DownloadArtifactRequest;
import dev.modulate.registry.v1.DownloadArtifactResponse;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ServerCallStreamObserver;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.SeekableByteChannel;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/** One download, on its own thread, no faster than the peer takes it. */
final class DownloadCall implements Runnable {
    static final int CHUNK_BYTES = 64 * 1024;

    private final DownloadArtifactRequest request;
    private final ServerCallStreamObserver<DownloadArtifactResponse> responses;
    private final ArtifactShelf shelf;
    private final Duration silenceMax;

    /** Released when the peer has room again or has left. */
    private final Semaphore woken = new Semaphore(0);

    /** Call on the thread that the call came on. */
    DownloadCall(
            DownloadArtifactRequest request,
            ServerCallStreamObserver<DownloadArtifactResponse> responses,
            ArtifactShelf shelf,
            Duration silenceMax) {
        this.request = request;
        this.responses = responses;
        this.shelf = shelf;
        this.silenceMax = silenceMax;
        responses.setOnReadyHandler(woken::release);
        responses.setOnCancelHandler(woken::release);
    }

    @Override
    public void run() {
        try {
            send(artifact());
        } catch (StatusRuntimeException e) {
            responses.onError(e);
        } catch (InterruptedException | ClosedByInterruptException e) {
            responses.onError(Transfers.stopping());
        } catch (IOException | RuntimeException e) {
            responses.onError(CatalogueLane.broken(e));
        }
    }

    private Artifact artifact() {
        var artifact = shelf.existing(request.getSha256());
        if (request.getOffset() < 0 || request.getOffset() > artifact.sizeBytes()) {
            throw GrpcErrors.invalid("offset", request.getOffset(), "0 to " + artifact.sizeBytes());
        }
        return artifact;
    }

    private void send(Artifact artifact) throws IOException, InterruptedException {
        try (var bytes = shelf.folder().read(artifact)) {
            if (bytes.size() != artifact.sizeBytes()) {
                throw GrpcErrors.of(
                        Code.DATA_LOSS,
                        "ARTIFACT_DAMAGED",
                        "artifact " + artifact.sha256() + " has " + bytes.size() + " bytes on the disk (expected: "
                                + artifact.sizeBytes() + "); upload it again");
            }
            bytes.position(request.getOffset());
            var info = RegistryProto.artifact(artifact);
            responses.onNext(DownloadArtifactResponse.newBuilder().setInfo(info).build());
            long left = artifact.sizeBytes() - request.getOffset();
            while (left > 0 && peerIsReady()) {
                var chunk = read(bytes, (int) Math.min(left, CHUNK_BYTES));
                left -= chunk.remaining();
                responses.onNext(DownloadArtifactResponse.newBuilder()
                        .setData(UnsafeByteOperations.unsafeWrap(chunk))
                        .build());
            }
        }
        if (!responses.isCancelled()) {
            responses.onCompleted();
        }
    }

    private static ByteBuffer read(SeekableByteChannel bytes, int count) throws IOException {
        var chunk = ByteBuffer.allocate(count);
        while (chunk.hasRemaining()) {
            if (bytes.read(chunk) < 0) {
                throw new IOException("the artifact became shorter");
            }
        }
        return chunk.flip();
    }

    /** Waits for room; false when the peer has left. */
    private boolean peerIsReady() throws InterruptedException {
        while (!responses.isReady() && !responses.isCancelled()) {
            if (!woken.tryAcquire(silenceMax.toMillis(), TimeUnit.MILLISECONDS)) {
                throw Transfers.silent(silenceMax);
            }
            woken.drainPermits();
        }
        return !responses.isCancelled();
    }
}
