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
import dev.modulate.resonate.wire.Envelopes;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Messages to one poll connection as server-sent events. A message is taken once it was written to the connection; what a
 * slow reader leaves no room for is not taken, and who takes nothing at all is cut off.
 */
final class EventStream implements PollGroups.Receiver {
    static final int MESSAGES_MAX = 100;

    /** Bytes that wait for the readers of all connections together. */
    static final long BYTES_MAX = 64L << 20;

    private static final long KEEP_ALIVE_SECONDS = 15;

    /** Keep-alive periods without any progress after which a reader counts as gone. */
    private static final int IDLE_PERIODS_MAX = 4;

    private static final HttpData KEEP_ALIVE = HttpData.ofUtf8(": keep-alive\n\n");
    private static final byte[] PREFIX = "data: ".getBytes(StandardCharsets.US_ASCII);

    private final ScheduledExecutorService loop;
    private final AtomicLong bytesOfAll;
    private final HttpResponseWriter response = HttpResponse.streaming();
    private final AtomicInteger waiting = new AtomicInteger();
    private final AtomicInteger idlePeriods = new AtomicInteger();

    /** @param bytesOfAll bytes that wait now, shared by all connections */
    EventStream(ScheduledExecutorService loop, AtomicLong bytesOfAll) {
        this.loop = loop;
        this.bytesOfAll = bytesOfAll;
        // Before anybody can find the stream and write a message.
        response.write(ResponseHeaders.builder(HttpStatus.OK)
                .contentType(MediaType.EVENT_STREAM)
                .add(HttpHeaderNames.CACHE_CONTROL, "no-cache")
                .build());
        response.write(KEEP_ALIVE);
    }

    /** @param ended called once when the connection is gone */
    HttpResponse open(Runnable ended) {
        var ticking =
                loop.scheduleAtFixedRate(this::keepAlive, KEEP_ALIVE_SECONDS, KEEP_ALIVE_SECONDS, TimeUnit.SECONDS);
        response.whenComplete().handle((done, failure) -> {
            ticking.cancel(false);
            ended.run();
            return null;
        });
        return response;
    }

    private void keepAlive() {
        if (waiting.get() == 0) {
            idlePeriods.set(0);
            var _ = response.tryWrite(KEEP_ALIVE);
        } else if (idlePeriods.incrementAndGet() > IDLE_PERIODS_MAX) {
            response.close(new IllegalStateException("the reader takes nothing"));
        }
    }

    @Override
    public CompletableFuture<Receipt> take(Message message) {
        byte[] event = event(message);
        boolean room = waiting.incrementAndGet() <= MESSAGES_MAX;
        room &= bytesOfAll.addAndGet(event.length) <= BYTES_MAX;
        if (!room || !response.tryWrite(HttpData.wrap(event))) {
            free(event.length);
            return CompletableFuture.completedFuture(room ? Receipt.MISSED : Receipt.BUSY);
        }
        return response.whenConsumed().handle((done, failure) -> {
            free(event.length);
            idlePeriods.set(0);
            return failure == null ? Receipt.TAKEN : Receipt.MISSED;
        });
    }

    private void free(int bytes) {
        waiting.decrementAndGet();
        bytesOfAll.addAndGet(-bytes);
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
