package dev.modulate.executor.output;

import dev.modulate.executor.call.TaskKey;
import dev.modulate.executor.v1.PushAck;
import dev.modulate.executor.v1.PushHello;
import dev.modulate.executor.v1.PushOutput;
import dev.modulate.executor.v1.PushRequest;
import dev.modulate.executor.v1.PushResponse;
import dev.modulate.executor.v1.PushResult;
import dev.modulate.executor.v1.PushWelcome;
import dev.modulate.invocation.v1.OutputChunk;
import dev.modulate.observability.link.Outbox;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Everything on its way to one API: sent within the window the API grants, kept until it acknowledges, sent again on the
 * next stream. What was meant for an earlier start of that API is dropped. Owned by the lane.
 */
final class OutputLink {
    private static final Logger LOG = LoggerFactory.getLogger(OutputLink.class);
    private static final int DELIVERIES_MAX = 4096;

    /** An API that needs a result longer than this reads it from the promise. */
    private static final Duration KEEP = Duration.ofMinutes(10);

    private final String address;
    private final Map<TaskKey, Delivery> deliveries = new LinkedHashMap<>();
    private @Nullable Outbox<PushRequest> outbox;
    private String incarnation = "";
    private long windowBytes;
    private long underWayBytes;
    private long idleSinceNanos;

    OutputLink(String address, long nowNanos) {
        this.address = address;
        this.idleSinceNanos = nowNanos;
    }

    void opened(Outbox<PushRequest> outbox, PushHello hello) {
        rewind();
        this.outbox = outbox;
        outbox.offer(PushRequest.newBuilder().setHello(hello).build());
    }

    void ended() {
        rewind();
    }

    private void rewind() {
        outbox = null;
        incarnation = "";
        windowBytes = 0;
        underWayBytes = 0;
        deliveries.values().forEach(Delivery::rewind);
    }

    void received(PushResponse response) {
        switch (response.getMessageCase()) {
            case WELCOME -> welcome(response.getWelcome());
            case ACK -> ack(response.getAck());
            case MESSAGE_NOT_SET -> LOG.atDebug().addKeyValue("api", address).log("unknown message");
        }
    }

    private void welcome(PushWelcome welcome) {
        incarnation = welcome.getIncarnation();
        windowBytes = welcome.getWindowBytes();
        List.copyOf(deliveries.values()).stream()
                .filter(delivery -> !delivery.sink.incarnation().equals(incarnation))
                .forEach(this::remove);
        pumpAll();
    }

    private void ack(PushAck ack) {
        var delivery = deliveries.get(new TaskKey(ack.getTaskId(), ack.getAttempt()));
        if (delivery == null) {
            return;
        }
        long before = delivery.unackedBytes();
        delivery.ackedOffset = Math.max(delivery.ackedOffset, Math.min(ack.getOffset(), delivery.nextOffset));
        underWayBytes -= before - delivery.unackedBytes();
        if (ack.getResult() || ack.getUnwanted() || delivery.complete()) {
            remove(delivery);
        }
        pumpAll();
    }

    void add(Delivery delivery) {
        if (!incarnation.isEmpty() && !incarnation.equals(delivery.sink.incarnation())) {
            return;
        }
        var old = deliveries.remove(delivery.output.task());
        if (old != null) {
            remove(old);
        }
        if (deliveries.size() >= DELIVERIES_MAX) {
            LOG.atWarn().addKeyValue("api", address).log("too much output is not acknowledged; the oldest is dropped");
            remove(deliveries.values().iterator().next());
        }
        deliveries.put(delivery.output.task(), delivery);
        delivery.output.deliveries.add(delivery);
        pump(delivery);
    }

    private void remove(Delivery delivery) {
        underWayBytes -= delivery.unackedBytes();
        deliveries.remove(delivery.output.task(), delivery);
        delivery.output.deliveries.remove(delivery);
    }

    void pump(Delivery delivery) {
        var open = outbox;
        if (open == null || incarnation.isEmpty()) {
            return;
        }
        for (var piece = delivery.output.from(delivery.nextOffset);
                piece != null;
                piece = delivery.output.from(delivery.nextOffset)) {
            if (underWayBytes > 0 && underWayBytes + piece.data().size() > windowBytes) {
                return;
            }
            if (!open.offer(message(delivery, piece))) {
                return;
            }
            underWayBytes += piece.end() - delivery.nextOffset;
            delivery.nextOffset = piece.end();
        }
        PushResult result = delivery.result;
        if (result != null && !delivery.resultSent) {
            delivery.resultSent =
                    open.offer(PushRequest.newBuilder().setResult(result).build());
        }
        if (delivery.complete()) {
            remove(delivery);
        }
    }

    private static PushRequest message(Delivery delivery, AttemptOutput.Piece piece) {
        var stream = switch (piece.kind()) {
            case RESULT -> OutputChunk.Stream.STREAM_RESULT;
            case STDOUT -> OutputChunk.Stream.STREAM_STDOUT;
            case STDERR -> OutputChunk.Stream.STREAM_STDERR;
        };
        var chunk = OutputChunk.newBuilder()
                .setAttempt(delivery.output.task().version())
                .setStream(stream)
                .setOffset(piece.offset())
                .setData(piece.data());
        return PushRequest.newBuilder()
                .setOutput(PushOutput.newBuilder()
                        .setTaskId(delivery.output.task().id())
                        .setChunk(chunk))
                .build();
    }

    private void pumpAll() {
        new ArrayList<>(deliveries.values()).forEach(this::pump);
    }

    /** Whether nothing is on its way. */
    boolean delivered() {
        return deliveries.isEmpty();
    }

    /** Answers whether the link is of use any more. */
    boolean tick(long nowNanos) {
        List.copyOf(deliveries.values()).stream()
                .filter(delivery -> delivery.closed && nowNanos - delivery.closedNanos > KEEP.toNanos())
                .forEach(this::remove);
        pumpAll();
        if (!deliveries.isEmpty() || !incarnation.isEmpty()) {
            idleSinceNanos = nowNanos;
        }
        return nowNanos - idleSinceNanos <= KEEP.toNanos();
    }
}
