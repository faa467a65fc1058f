package dev.modulate.registry;

import com.google.rpc.Code;
import dev.modulate.observability.server.GrpcErrors;
import dev.modulate.registry.artifact.Artifact;
import dev.modulate.registry.artifact.ArtifactRefusedException;
import dev.modulate.registry.proto.RegistryProto;
import dev.modulate.registry.v1.UploadArtifactRequest;
import dev.modulate.registry.v1.UploadArtifactResponse;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * One upload. The transport's thread puts messages into an inbox, which holds no more than was asked for; the call's own
 * thread writes them down.
 */
final class UploadCall implements StreamObserver<UploadArtifactRequest>, Runnable {
    static final String UPLOADS = "modulate.registry.uploads";

    private static final int MESSAGES_AHEAD = 4;
    private static final int DATA_BYTES_MAX = 1 << 20;

    /** @param silence longest wait for the next message */
    record Limits(long artifactSizeBytesMax, Duration silence) {}

    private sealed interface Event {
        record Message(UploadArtifactRequest request) implements Event {}

        record End() implements Event {}

        record Gone() implements Event {}
    }

    /** How an upload ended: the tag of the counter. */
    private enum Ending {
        STORED,
        REFUSED,
        CANCELLED,
        FAILED
    }

    private static final class GoneException extends Exception {
        private static final long serialVersionUID = 1L;
    }

    private final ServerCallStreamObserver<UploadArtifactResponse> responses;
    private final ArtifactShelf shelf;
    private final Limits limits;
    private final MeterRegistry meters;

    /** Bounded by flow control: what was requested, the end, the cancellation. */
    private final BlockingQueue<Event> inbox = new LinkedBlockingQueue<>(MESSAGES_AHEAD + 2);

    UploadCall(
            ServerCallStreamObserver<UploadArtifactResponse> responses,
            ArtifactShelf shelf,
            Limits limits,
            MeterRegistry meters) {
        this.responses = responses;
        this.shelf = shelf;
        this.limits = limits;
        this.meters = meters;
        responses.disableAutoRequest();
        responses.setOnCancelHandler(() -> inbox.offer(new Event.Gone()));
    }

    @Override
    public void onNext(UploadArtifactRequest request) {
        inbox.offer(new Event.Message(request));
    }

    @Override
    public void onError(Throwable cause) {
        inbox.offer(new Event.Gone());
    }

    @Override
    public void onCompleted() {
        inbox.offer(new Event.End());
    }

    @Override
    public void run() {
        Counter.builder(UPLOADS)
                .description("Uploads of artifacts by how they ended")
                .tag("outcome", answer().name().toLowerCase(java.util.Locale.ROOT))
                .register(meters)
                .increment();
    }

    private Ending answer() {
        try {
            responses.request(MESSAGES_AHEAD);
            var stored = receive();
            responses.onNext(UploadArtifactResponse.newBuilder()
                    .setArtifact(RegistryProto.artifact(stored))
                    .build());
            responses.onCompleted();
            return Ending.STORED;
        } catch (ArtifactRefusedException e) {
            responses.onError(GrpcErrors.invalid(e.field(), e.value(), e.rule()));
            return Ending.REFUSED;
        } catch (StatusRuntimeException e) {
            responses.onError(e);
            return Ending.REFUSED;
        } catch (GoneException e) {
            return Ending.CANCELLED;
        } catch (InterruptedException | ClosedByInterruptException e) {
            responses.onError(Transfers.stopping());
            return Ending.CANCELLED;
        } catch (IOException | RuntimeException e) {
            responses.onError(CatalogueLane.broken(e));
            return Ending.FAILED;
        }
    }

    private Artifact receive() throws ArtifactRefusedException, GoneException, InterruptedException, IOException {
        var announced = announced();
        checkFormat(announced);
        try (var incoming = shelf.folder().receive(announced)) {
            for (Event event = next(); event instanceof Event.Message(var message); event = next()) {
                int bytes = message.getData().size();
                if (!message.hasData() || bytes > DATA_BYTES_MAX) {
                    throw new ArtifactRefusedException(
                            "data",
                            message.hasData()
                                    ? bytes + " bytes"
                                    : message.getMessageCase().name(),
                            "1 to " + DATA_BYTES_MAX + " bytes in every message after the first");
                }
                incoming.write(message.getData().asReadOnlyByteBuffer());
                responses.request(1);
            }
            incoming.complete();
        }
        shelf.add(announced);
        return announced;
    }

    private Artifact announced() throws ArtifactRefusedException, GoneException, InterruptedException {
        if (next() instanceof Event.Message(var first) && first.hasInfo()) {
            responses.request(1);
            return RegistryProto.artifact(first.getInfo(), limits.artifactSizeBytesMax());
        }
        throw new ArtifactRefusedException("info", "absent", "sha256, size_bytes and format in the first message");
    }

    /** The same bytes have one format: executors that unpacked them must not be wrong later. */
    private void checkFormat(Artifact announced) {
        var known = shelf.find(announced.sha256());
        if (known.isPresent() && known.get().format() != announced.format()) {
            throw GrpcErrors.of(
                    Code.FAILED_PRECONDITION,
                    "OTHER_FORMAT",
                    "artifact " + announced.sha256() + " is stored with format "
                            + known.get().format());
        }
    }

    private Event next() throws GoneException, InterruptedException {
        var event = inbox.poll(limits.silence().toMillis(), TimeUnit.MILLISECONDS);
        if (event == null) {
            throw Transfers.silent(limits.silence());
        }
        if (event instanceof Event.Gone) {
            throw new GoneException();
        }
        return event;
    }
}
