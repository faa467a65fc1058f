package dev.modulate.resonate.server;

import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpResponseWriter;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.common.ResponseHeaders;
import dev.modulate.resonate.protocol.Message;
import dev.modulate.resonate.wire.Envelopes;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/** Messages to one poll connection as server-sent events. What a slow reader does not take in time is dropped. */
final class EventStream implements Consumer<Message> {
    static final int MESSAGES_MAX = 100;

    private static final long KEEP_ALIVE_SECONDS = 15;
    private static final HttpData KEEP_ALIVE = HttpData.ofUtf8(": keep-alive\n\n");
    private static final byte[] PREFIX = "data: ".getBytes(StandardCharsets.US_ASCII);

    private final ScheduledExecutorService loop;
    private final HttpResponseWriter response = HttpResponse.streaming();
    private final AtomicInteger waiting = new AtomicInteger();

    EventStream(ScheduledExecutorService loop) {
        this.loop = loop;
    }

    /** @param ended called once when the connection is gone */
    HttpResponse open(Runnable ended) {
        response.write(ResponseHeaders.builder(HttpStatus.OK)
                .contentType(MediaType.EVENT_STREAM)
                .add(HttpHeaderNames.CACHE_CONTROL, "no-cache")
                .build());
        response.write(KEEP_ALIVE);
        var ticking = loop.scheduleAtFixedRate(
                () -> write(KEEP_ALIVE), KEEP_ALIVE_SECONDS, KEEP_ALIVE_SECONDS, TimeUnit.SECONDS);
        response.whenComplete().handle((done, failure) -> {
            ticking.cancel(false);
            ended.run();
            return null;
        });
        return response;
    }

    @Override
    public void accept(Message message) {
        byte[] json = Envelopes.writeMessage(message);
        byte[] event = new byte[PREFIX.length + json.length + 2];
        System.arraycopy(PREFIX, 0, event, 0, PREFIX.length);
        System.arraycopy(json, 0, event, PREFIX.length, json.length);
        event[event.length - 2] = '\n';
        event[event.length - 1] = '\n';
        write(HttpData.wrap(event));
    }

    private void write(HttpData data) {
        if (waiting.incrementAndGet() > MESSAGES_MAX || !response.tryWrite(data)) {
            waiting.decrementAndGet();
            return;
        }
        response.whenConsumed().handle((done, failure) -> waiting.decrementAndGet());
    }

    void close() {
        response.close();
    }
}
