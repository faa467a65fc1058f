package dev.modulate.resonate.client;

import com.linecorp.armeria.client.RequestOptions;
import com.linecorp.armeria.client.WebClient;
import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.RequestHeaders;
import com.linecorp.armeria.common.ResponseHeaders;
import dev.modulate.resonate.protocol.Resonate.Inbox;
import dev.modulate.resonate.wire.Envelopes;
import dev.modulate.resonate.wire.MalformedException;
import io.netty.channel.EventLoop;
import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Server-sent events of one group and id, dialled again for ever. Everything happens on one event loop. */
final class PollStream {
    private static final long PAUSE_MILLIS_MIN = 50;
    private static final long PAUSE_MILLIS_MAX = 5_000;

    /** Four times what our servers let pass between two signs of life. */
    static final Duration SILENCE_MAX = Duration.ofSeconds(60);

    /** Time after which a connection counts as good. */
    private static final long SETTLED_MILLIS = 1_000;

    private static final Logger LOG = LoggerFactory.getLogger(PollStream.class);

    private final WebClient client;
    private final String token;
    private final long silenceMillis;
    private final EventLoop loop;
    private final RandomGenerator random;
    private final String path;
    private final Inbox inbox;
    private long pauseMillis = PAUSE_MILLIS_MIN;
    private boolean closed;
    private @Nullable Future<?> settled;
    private @Nullable Future<?> listening;
    private @Nullable HttpResponse current;

    /**
     * @param token of the caller; empty for none
     * @param silenceMax from a server that gives signs of life; twice that passes at most before it is dialled again
     */
    record Target(WebClient client, String group, String id, String token, Duration silenceMax) {}

    PollStream(Target target, EventLoop loop, RandomGenerator random, Inbox inbox) {
        this.client = target.client();
        this.token = target.token();
        this.silenceMillis = target.silenceMax().toMillis();
        this.loop = loop;
        this.random = random;
        this.path = "/poll/" + target.group() + "/" + target.id();
        this.inbox = inbox;
    }

    void start() {
        loop.execute(this::dial);
    }

    void close() {
        loop.execute(() -> {
            closed = true;
            if (current != null) {
                current.abort();
            }
        });
    }

    private void dial() {
        if (closed) {
            return;
        }
        var headers = RequestHeaders.builder(HttpMethod.GET, path).set(HttpHeaderNames.ACCEPT, "text/event-stream");
        if (!token.isEmpty()) {
            headers.set(HttpHeaderNames.AUTHORIZATION, "Bearer " + token);
        }
        var response = client.execute(
                com.linecorp.armeria.common.HttpRequest.of(headers.build()),
                RequestOptions.builder()
                        .responseTimeoutMillis(0)
                        .maxResponseLength(0)
                        .build());
        current = response;
        var split = response.split();
        split.headers().thenAcceptAsync(this::answered, loop);
        var body = new Body();
        split.body().subscribe(body, loop);
        listening = loop.scheduleAtFixedRate(
                () -> body.listen(response), silenceMillis, silenceMillis, TimeUnit.MILLISECONDS);
    }

    private void answered(ResponseHeaders headers) {
        if (headers.status().equals(HttpStatus.OK)) {
            // A server that takes connections only to drop them is not dialled without pause.
            settled = loop.schedule(() -> pauseMillis = PAUSE_MILLIS_MIN, SETTLED_MILLIS, TimeUnit.MILLISECONDS);
            inbox.connected();
        } else {
            LOG.atWarn()
                    .addKeyValue("path", path)
                    .addKeyValue("status", headers.status())
                    .log("poll refused");
        }
    }

    private void ended(String why) {
        current = null;
        if (settled != null) {
            settled.cancel(false);
        }
        if (listening != null) {
            listening.cancel(false);
        }
        if (closed) {
            return;
        }
        long pause = pauseMillis / 2 + random.nextLong(pauseMillis / 2 + 1);
        pauseMillis = Math.min(pauseMillis * 2, PAUSE_MILLIS_MAX);
        LOG.atDebug()
                .addKeyValue("path", path)
                .addKeyValue("cause", why)
                .addKeyValue("redial_ms", pause)
                .log("poll ended");
        loop.schedule(this::dial, pause, TimeUnit.MILLISECONDS);
    }

    private void received(byte[] event) {
        try {
            inbox.accept(Envelopes.readMessage(event));
        } catch (MalformedException e) {
            LOG.atWarn()
                    .addKeyValue("path", path)
                    .addKeyValue("cause", e.getMessage())
                    .log("message ignored");
        }
    }

    private final class Body implements Subscriber<HttpData> {
        private final EventLines lines = new EventLines(PollStream.this::received);
        private @Nullable Subscription subscription;
        private boolean heard;

        /** A connection whose other end is gone without a word is silent for ever. */
        void listen(HttpResponse response) {
            if (!heard && lines.commented()) {
                LOG.atWarn().addKeyValue("path", path).log("the server is silent; the stream is dialled again");
                response.abort();
            }
            heard = false;
        }

        @Override
        public void onSubscribe(Subscription subscription) {
            this.subscription = subscription;
            subscription.request(1);
        }

        @Override
        public void onNext(HttpData data) {
            heard = true;
            if (!lines.add(data.array())) {
                LOG.atWarn().addKeyValue("path", path).log("an event is too long; the stream is dialled again");
                if (current != null) {
                    current.abort();
                }
            }
            if (subscription != null) {
                subscription.request(1);
            }
        }

        @Override
        public void onError(Throwable cause) {
            ended(cause.toString());
        }

        @Override
        public void onComplete() {
            ended("the server ended it");
        }
    }
}
