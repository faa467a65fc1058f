package dev.modulate.api.output;

import dev.modulate.executor.v1.PushAck;
import dev.modulate.executor.v1.PushOutput;
import dev.modulate.executor.v1.PushRequest;
import dev.modulate.executor.v1.PushResponse;
import dev.modulate.executor.v1.PushResult;
import dev.modulate.executor.v1.PushWelcome;
import dev.modulate.observability.link.Outbox;
import io.grpc.stub.StreamObserver;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What one executor pushes. Results are acknowledged one by one; of output only the newest offset of each invocation
 * counts, so it is gathered until a quarter of the window is used or the clock ticks. The gathered acknowledgements are
 * guarded by this.
 */
final class PushStream implements StreamObserver<PushRequest> {
    static final long WINDOW_BYTES = 4L << 20;

    private static final Logger LOG = LoggerFactory.getLogger(PushStream.class);
    private static final long FLUSH_BYTES = WINDOW_BYTES / 4;

    private final String incarnation;
    private final OutputLogs logs;
    private final Consumer<PushResult> results;
    private final Outbox<PushResponse> outbox;
    private final Consumer<PushStream> ended;
    private final Map<String, PushAck> gathered = new LinkedHashMap<>();
    private long gatheredBytes;

    PushStream(
            String incarnation,
            OutputLogs logs,
            Consumer<PushResult> results,
            Outbox<PushResponse> outbox,
            Consumer<PushStream> ended) {
        this.incarnation = incarnation;
        this.logs = logs;
        this.results = results;
        this.outbox = outbox;
        this.ended = ended;
    }

    @Override
    public void onNext(PushRequest request) {
        switch (request.getMessageCase()) {
            case HELLO -> welcome();
            case OUTPUT -> take(request.getOutput());
            case RESULT -> take(request.getResult());
            case MESSAGE_NOT_SET -> {}
        }
    }

    @Override
    public void onError(Throwable cause) {
        outbox.close();
        ended.accept(this);
    }

    @Override
    public void onCompleted() {
        flush();
        outbox.complete();
        ended.accept(this);
    }

    /** Sends what is gathered. */
    void flush() {
        List<PushAck> acks;
        synchronized (this) {
            acks = List.copyOf(gathered.values());
            gathered.clear();
            gatheredBytes = 0;
        }
        acks.forEach(this::send);
    }

    private void welcome() {
        outbox.offer(PushResponse.newBuilder()
                .setWelcome(PushWelcome.newBuilder().setIncarnation(incarnation).setWindowBytes(WINDOW_BYTES))
                .build());
    }

    private void take(PushOutput output) {
        var taken = logs.append(output.getTaskId(), output.getChunk());
        var ack = PushAck.newBuilder()
                .setTaskId(output.getTaskId())
                .setAttempt(taken.end().attempt())
                .setOffset(taken.end().offset())
                .setUnwanted(!taken.wanted())
                .build();
        if (gather(ack, output.getChunk().getData().size())) {
            flush();
        }
    }

    /** The result is durable already: whoever waits is told, and nothing needs to be kept. */
    private void take(PushResult result) {
        results.accept(result);
        PushAck.Builder ack;
        synchronized (this) {
            var output = gathered.remove(result.getTaskId());
            ack = output == null || output.getAttempt() != result.getAttempt()
                    ? PushAck.newBuilder().setTaskId(result.getTaskId()).setAttempt(result.getAttempt())
                    : output.toBuilder();
        }
        send(ack.setResult(true).build());
    }

    /** True when it is time to send. */
    private synchronized boolean gather(PushAck ack, int bytes) {
        gathered.put(ack.getTaskId(), ack);
        gatheredBytes += bytes;
        return gatheredBytes >= FLUSH_BYTES;
    }

    private void send(PushAck ack) {
        if (!outbox.offer(PushResponse.newBuilder().setAck(ack).build())) {
            LOG.atDebug().addKeyValue("invocation", ack.getTaskId()).log("an executor reads no acknowledgements");
            outbox.fail(io.grpc.Status.RESOURCE_EXHAUSTED
                    .withDescription("acknowledgements are not read")
                    .asRuntimeException());
            ended.accept(this);
        }
    }
}
