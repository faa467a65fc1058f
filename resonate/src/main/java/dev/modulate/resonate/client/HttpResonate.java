package dev.modulate.resonate.client;

import com.linecorp.armeria.client.ClientFactory;
import com.linecorp.armeria.client.UnprocessedRequestException;
import com.linecorp.armeria.client.WebClient;
import com.linecorp.armeria.common.AggregatedHttpResponse;
import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.common.RequestHeaders;
import dev.modulate.resonate.protocol.Answer;
import dev.modulate.resonate.protocol.Reply;
import dev.modulate.resonate.protocol.Request;
import dev.modulate.resonate.protocol.Resonate;
import dev.modulate.resonate.protocol.ResonateUnavailableException;
import dev.modulate.resonate.wire.Envelopes;
import dev.modulate.resonate.wire.MalformedException;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * A Resonate server by its URL, whichever dialect it speaks. Futures complete on the event loop of the connection.
 *
 * <p>What went wrong on the way, and what the server answered with 500, 502 or 503, is tried again with the same body
 * until {@link #REQUEST_TIMEOUT}. When a try may have been applied although its reply got lost, what the next one is
 * refused with is judged by {@link LostReplies}.
 */
public final class HttpResonate implements Resonate {
    public static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(10);

    private static final Duration ATTEMPT_TIMEOUT = Duration.ofSeconds(5);
    private static final long PAUSE_MILLIS_MIN = 25;
    private static final long PAUSE_MILLIS_MAX = 1_000;
    private static final long REPLY_BYTES_MAX = 32L << 20;
    private static final int CONNECT_MILLIS_MAX = 2_000;
    private static final int PING_MILLIS = 5_000;
    private static final int SHOWN_CHARS_MAX = 200;

    /** Refusals that come without an envelope: from a proxy, or from a server before it has read one. */
    private static final Set<Integer> REFUSED_WITHOUT_ENVELOPE = Set.of(400, 401, 403, 410, 413);

    private final String token;
    private final ClientFactory factory;
    private final WebClient client;
    private final LongSupplier nanoTime;
    private final RandomGenerator random;
    private final LostReplies lostReplies = new LostReplies(this);
    private final AtomicLong correlations = new AtomicLong();
    private final List<PollStream> polls = new CopyOnWriteArrayList<>();

    /**
     * @param token sent with everything; empty for none
     * @param attempt longest wait for the reply to one try
     */
    public record Target(URI url, String token, Duration attempt) {}

    /** Dials nothing yet. */
    public HttpResonate(Target target, LongSupplier nanoTime, RandomGenerator random) {
        this.token = target.token();
        this.factory = ClientFactory.builder()
                .connectTimeoutMillis(CONNECT_MILLIS_MAX)
                .pingIntervalMillis(PING_MILLIS)
                .build();
        this.client = WebClient.builder(target.url())
                .factory(factory)
                .responseTimeout(target.attempt())
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
        return new HttpResonate(new Target(url, token, ATTEMPT_TIMEOUT), nanoTime, random);
    }

    @Override
    @SuppressWarnings("unchecked") // A heartbeat answers that it is done.
    public <A> CompletableFuture<Reply<A>> send(Request<A> request) {
        if (request instanceof Request.TaskHeartbeat heartbeat
                && heartbeat.tasks().size() != 1) {
            return (CompletableFuture<Reply<A>>) (CompletableFuture<?>) eachAlone(heartbeat);
        }
        var exchange = new Exchange<>(request, "c-" + correlations.incrementAndGet());
        exchange.attempt();
        return exchange.outcome;
    }

    /** Some servers refuse a heartbeat for nothing, or for tasks of several trees, and then renew none of them. */
    private CompletableFuture<Reply<Answer.Done>> eachAlone(Request.TaskHeartbeat heartbeat) {
        CompletableFuture<Reply<Answer.Done>> all =
                CompletableFuture.completedFuture(new Reply.Ok<>(200, new Answer.Done()));
        for (var task : heartbeat.tasks()) {
            var one = send(new Request.TaskHeartbeat(heartbeat.pid(), List.of(task)));
            all = all.thenCombine(one, (before, reply) -> before instanceof Reply.Refused ? before : reply);
        }
        return all;
    }

    @Override
    public AutoCloseable poll(String group, String id, Inbox inbox) {
        var target = new PollStream.Target(client, group, id, token, PollStream.SILENCE_MAX);
        var stream = new PollStream(target, factory.eventLoopGroup().next(), random, inbox);
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

        /** A try may have been applied although nobody was told. Written and read by one try after the other. */
        private volatile boolean doubtful;

        Exchange(Request<A> request, String correlationId) {
            this.request = request;
            this.correlationId = correlationId;
            this.body = Envelopes.writeRequest(request, correlationId, token);
        }

        void attempt() {
            var headers = RequestHeaders.of(HttpMethod.POST, "/", HttpHeaderNames.CONTENT_TYPE, MediaType.JSON);
            client.execute(headers, HttpData.wrap(body)).aggregate().whenComplete(this::answered);
        }

        private void answered(@Nullable AggregatedHttpResponse response, @Nullable Throwable failure) {
            if (response == null) {
                if (!(failure instanceof UnprocessedRequestException)) {
                    doubtful = true;
                }
                again(String.valueOf(failure), failure);
                return;
            }
            int status = response.status().code();
            if (status >= 500 && status != 501) {
                doubtful = true;
                again("status " + status + ": " + shown(response), null);
                return;
            }
            try {
                answer(Envelopes.readReply(
                        request, correlationId, response.content().array()));
            } catch (MalformedException e) {
                if (REFUSED_WITHOUT_ENVELOPE.contains(status)) {
                    outcome.complete(new Reply.Refused<>(status, shown(response)));
                } else {
                    doubtful = true;
                    again("status " + status + ", " + e.getMessage(), e);
                }
            }
        }

        private void answer(Reply<A> reply) {
            if (!doubtful) {
                outcome.complete(reply);
                return;
            }
            lostReplies.judge(request, reply).whenComplete((judged, failure) -> {
                if (failure == null) {
                    outcome.complete(judged);
                } else {
                    again(String.valueOf(failure), failure);
                }
            });
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

    private static String shown(AggregatedHttpResponse response) {
        String text = response.contentUtf8();
        return text.length() <= SHOWN_CHARS_MAX ? text : text.substring(0, SHOWN_CHARS_MAX) + "…";
    }
}
