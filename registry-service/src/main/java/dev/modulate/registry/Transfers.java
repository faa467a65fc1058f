package dev.modulate.registry;

import com.google.rpc.Code;
import dev.modulate.observability.server.GrpcErrors;
import dev.modulate.registry.v1.DownloadArtifactRequest;
import dev.modulate.registry.v1.DownloadArtifactResponse;
import dev.modulate.registry.v1.UploadArtifactRequest;
import dev.modulate.registry.v1.UploadArtifactResponse;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;

/** Artifacts on their way in and out: a virtual thread each, up to a limit. */
final class Transfers implements AutoCloseable {
    static final String TRANSFERS = "modulate.registry.transfers";
    static final int TRANSFERS_MAX = 128;

    private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

    /** Longest time that a transfer waits for its peer. */
    private static final Duration SILENCE_MAX = Duration.ofSeconds(60);

    private final ArtifactShelf shelf;
    private final UploadCall.Limits uploadLimits;
    private final MeterRegistry meters;
    private final Semaphore places = new Semaphore(TRANSFERS_MAX);
    private final ExecutorService threads = Executors.newThreadPerTaskExecutor(
            Thread.ofVirtual().name("registry-transfer-", 0).factory());

    Transfers(ArtifactShelf shelf, long artifactSizeBytesMax, MeterRegistry meters) {
        this.shelf = shelf;
        this.uploadLimits = new UploadCall.Limits(artifactSizeBytesMax, SILENCE_MAX);
        this.meters = meters;
        Gauge.builder(TRANSFERS, places, free -> TRANSFERS_MAX - free.availablePermits())
                .description("Artifacts that are uploaded or downloaded now")
                .register(meters);
    }

    StreamObserver<UploadArtifactRequest> upload(ServerCallStreamObserver<UploadArtifactResponse> responses) {
        var call = new UploadCall(responses, shelf, uploadLimits, meters);
        run(call, responses);
        return call;
    }

    void download(DownloadArtifactRequest request, ServerCallStreamObserver<DownloadArtifactResponse> responses) {
        run(new DownloadCall(request, responses, shelf, SILENCE_MAX), responses);
    }

    private void run(Runnable transfer, StreamObserver<?> responses) {
        if (!places.tryAcquire()) {
            responses.onError(refused());
            return;
        }
        try {
            threads.execute(() -> {
                try {
                    transfer.run();
                } finally {
                    places.release();
                }
            });
        } catch (RejectedExecutionException e) {
            places.release();
            responses.onError(stopping());
        }
    }

    private static StatusRuntimeException refused() {
        return GrpcErrors.retryLater(
                Code.RESOURCE_EXHAUSTED, "BUSY", "there are " + TRANSFERS_MAX + " transfers", RETRY_AFTER);
    }

    static StatusRuntimeException stopping() {
        return GrpcErrors.of(Code.UNAVAILABLE, "STOPPING", "the registry is stopping");
    }

    static StatusRuntimeException silent(Duration silenceMax) {
        return GrpcErrors.of(
                Code.DEADLINE_EXCEEDED, "SILENT_PEER", "nothing moved for " + silenceMax.toSeconds() + " s");
    }

    /** Interrupts what is going on; each transfer tells its peer. */
    @Override
    public void close() {
        threads.shutdownNow();
        threads.close();
    }
}
