package dev.modulate.resonate.client;

import com.linecorp.armeria.client.ClientFactory;
import com.linecorp.armeria.client.WebClient;
import com.linecorp.armeria.common.AggregatedHttpResponse;
import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.common.RequestHeaders;
import dev.modulate.resonate.protocol.Reply;
import dev.modulate.resonate.protocol.Request;
import dev.modulate.resonate.protocol.Resonate;
import dev.modulate.resonate.protocol.ResonateUnavailableException;
import dev.modulate.resonate.wire.Envelopes;
import dev.modulate.resonate.wire.MalformedException;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * A Resonate server by its URL. Futures complete on the event loop of the connection.
 *
 * <p>What went wrong on the way, and what the server answered with 500, 502 or 503, is tried again with the same body
 * until {@link #REQUEST_TIMEOUT}.
 */
public final class HttpResonate implements Resonate {
    public static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(10);

    private static final long ATTEMPT_MILLIS_MAX = 5_000;
    private static final long PAUSE_MILLIS_MIN = 25;
    private static final long PAUSE_MILLIS_MAX = 1_000;
    private static final long REPLY_BYTES_MAX = 32L << 20;
    private static final int CONNECT_MILLIS_MAX = 2_000;
    private static final int PING_MILLIS = 5_000;

    private final String token;
    private final ClientFactory factory;
    private final WebClient client;
    private final LongSupplier nanoTime;
    private final RandomGenerator random;
    private final AtomicLong correlations = new AtomicLong();
    private final List<PollStream> polls = new CopyOnWriteArrayList<>();

    private HttpResonate(URI url, String token, LongSupplier nanoTime, RandomGenerator random) {
        this.token = token;
        this.factory = ClientFactory.builder()
                .connectTimeoutMillis(CONNECT_MILLIS_MAX)
                .pingIntervalMillis(PING_MILLIS)
                .build();
        this.client = WebClient.builder(url)
                .factory(factory)
                .responseTimeoutMillis(ATTEMPT_MILLIS_MAX)
                .maxResponseLength(REPLY_BYTES_MAX)
                .build();
        this.nanoTime = nanoTime;
        this.random = random;
    }

    /** @param url {@code http://host:port}; nothing is dialled yet */
    public static HttpResonate open(URI url, LongSupplier nanoTime, RandomGenerator random) {
        return open(url, "", nanoTime, random);
    }

    /**
     * @param url {@code http://host:port}; nothing is dialled yet
     * @param token sent with everything; empty for none
     */
    public static HttpResonate open(URI url, String token, LongSupplier nanoTime, RandomGenerator random) {
        if (!List.of("http", "https").contains(String.valueOf(url.getScheme())) || url.getHost() == null) {
            throw new IllegalArgumentException("resonate url: \"" + url + "\" (expected: http://host:port)");
        }
        return new HttpResonate(url, token, nanoTime, random);
    }

    @Override
    public <A> CompletableFuture<Reply<A>> send(Request<A> request) {
        var exchange = new Exchange<>(request, "c-" + correlations.incrementAndGet());
        exchange.attempt();
        return exchange.outcome;
    }

    @Override
    public AutoCloseable poll(String group, String id, Inbox inbox) {
        var stream = new PollStream(
                new PollStream.Target(client, group, id, token),
                factory.eventLoopGroup().next(),
                random,
                inbox);
        polls.add(stream);
        stream.start();
        return () -> {
            polls.remove(stream);
            stream.close();
        };
    }

    @Override
    public void close() {
        polls.forEach(PollStream::close);
        factory.closeAsync();
    }

    private ScheduledExecutorService timer() {
        return factory.eventLoopGroup().next();
    }

    /** One operation, sent until it is answered. */
    private final class Exchange<A> {
        private final Request<A> request;
        private final String correlationId;
        private final byte[] body;
        private final long deadlineNanos = nanoTime.getAsLong() + REQUEST_TIMEOUT.toNanos();
        final CompletableFuture<Reply<A>> outcome = new CompletableFuture<>();
        private long pauseMillis = PAUSE_MILLIS_MIN;

        Exchange(Request<A> request, String correlationId) {
            this.request = request;
            this.correlationId = correlationId;
            this.body = Envelopes.writeRequest(request, correlationId, token);
        }

        void attempt() {
            var headers = RequestHeaders.of(
                    HttpMethod.POST, "/", com.linecorp.armeria.common.HttpHeaderNames.CONTENT_TYPE, MediaType.JSON);
            client.execute(headers, HttpData.wrap(body)).aggregate().whenComplete(this::answered);
        }

        private void answered(@Nullable AggregatedHttpResponse response, @Nullable Throwable failure) {
            if (response == null) {
                again(String.valueOf(failure), failure);
                return;
            }
            int status = response.status().code();
            if (status >= 500 && status != 501) {
                again("status " + status + ": " + response.contentUtf8(), null);
                return;
            }
            try {
                outcome.complete(Envelopes.readReply(
                        request, correlationId, response.content().array()));
            } catch (MalformedException e) {
                if (status == 413 || status == 401 || status == 403 || status == 400) {
                    outcome.complete(new Reply.Refused<>(status, response.contentUtf8()));
                } else {
                    again("status " + status + ", " + e.getMessage(), e);
                }
            }
        }

        private void again(String what, @Nullable Throwable cause) {
            long pause = pauseMillis / 2 + random.nextLong(pauseMillis / 2 + 1);
            long left = deadlineNanos - nanoTime.getAsLong();
            if (left <= TimeUnit.MILLISECONDS.toNanos(pause)) {
                outcome.completeExceptionally(new ResonateUnavailableException(
                        request.kind() + " got no answer within " + REQUEST_TIMEOUT.toSeconds() + " s: " + what,
                        cause));
                return;
            }
            pauseMillis = Math.min(pauseMillis * 2, PAUSE_MILLIS_MAX);
            timer().schedule(this::attempt, pause, TimeUnit.MILLISECONDS);
        }
    }
}
