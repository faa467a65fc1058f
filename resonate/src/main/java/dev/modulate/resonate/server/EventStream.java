package dev.modulate.resonate.server;

import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpResponseWriter;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.common.ResponseHeaders;
import dev.modulate.resonate.embedded.PollGroups;
import dev.modulate.resonate.embedded.Receipt;
import dev.modulate.resonate.protocol.Message;
import dev.modulate.resonate.server.delivery.ReaderRoom;
import dev.modulate.resonate.wire.Envelopes;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * Messages to one poll connection as server-sent events. A message is taken once it was written to the connection; what a
 * slow reader leaves no room for is not taken, and who takes nothing at all is cut off.
 */
final class EventStream implements PollGroups.Receiver {
    private static final HttpData KEEP_ALIVE = HttpData.ofUtf8(": keep-alive\n\n");
    private static final byte[] PREFIX = "data: ".getBytes(StandardCharsets.US_ASCII);

    private final ScheduledExecutorService loop;
    private final ReaderRoom room;
    private final HttpResponseWriter response = HttpResponse.streaming();

    EventStream(ScheduledExecutorService loop, ReaderRoom room) {
        this.loop = loop;
        this.room = room;
        // Before anybody can find the stream and write a message.
        response.write(ResponseHeaders.builder(HttpStatus.OK)
                .contentType(MediaType.EVENT_STREAM)
                .add(HttpHeaderNames.CACHE_CONTROL, "no-cache")
                .build());
        response.write(KEEP_ALIVE);
    }

    /**
     * @param keepAlive time between two comments on an idle connection
     * @param ended called once when the connection is gone
     */
    HttpResponse open(Duration keepAlive, Runnable ended) {
        long period = keepAlive.toNanos();
        var ticking = loop.scheduleAtFixedRate(this::keepAlive, period, period, TimeUnit.NANOSECONDS);
        response.whenComplete().handle((done, failure) -> {
            ticking.cancel(false);
            ended.run();
            return null;
        });
        return response;
    }

    private void keepAlive() {
        if (room.stuck()) {
            // The reader takes nothing: a close would wait for its turn behind what nobody reads.
            response.abort();
        } else if (room.empty()) {
            var _ = response.tryWrite(KEEP_ALIVE);
        }
    }

    @Override
    public CompletableFuture<Receipt> take(Message message) {
        byte[] event = event(message);
        if (!room.take(event.length)) {
            return CompletableFuture.completedFuture(Receipt.BUSY);
        }
        if (!response.tryWrite(HttpData.wrap(event))) {
            room.drop(event.length);
            return CompletableFuture.completedFuture(Receipt.MISSED);
        }
        return response.whenConsumed().handle((done, failure) -> {
            room.free(event.length);
            return failure == null ? Receipt.TAKEN : Receipt.MISSED;
        });
    }

    private static byte[] event(Message message) {
        byte[] json = Envelopes.writeMessage(message);
        byte[] event = new byte[PREFIX.length + json.length + 2];
        System.arraycopy(PREFIX, 0, event, 0, PREFIX.length);
        System.arraycopy(json, 0, event, PREFIX.length, json.length);
        event[event.length - 2] = '\n';
        event[event.length - 1] = '\n';
        return event;
    }

    /** Ends a stream that was never opened. */
    void discard() {
        response.abort();
    }

    void close() {
        response.close();
    }
}
