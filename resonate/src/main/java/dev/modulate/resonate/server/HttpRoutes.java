package dev.modulate.resonate.server;

import com.linecorp.armeria.common.AggregatedHttpRequest;
import com.linecorp.armeria.common.ContentTooLargeException;
import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.common.RequestHeaders;
import com.linecorp.armeria.server.HttpStatusException;
import com.linecorp.armeria.server.RequestTimeoutException;
import com.linecorp.armeria.server.ServerBuilder;
import com.linecorp.armeria.server.ServiceRequestContext;
import dev.modulate.resonate.embedded.PollGroups;
import dev.modulate.resonate.protocol.Reply;
import dev.modulate.resonate.server.delivery.ReaderRoom;
import dev.modulate.resonate.wire.Envelopes;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The protocol over HTTP: {@code POST /}, {@code GET /poll/{group}/{id}}, {@code /health} and {@code /ready}. */
final class HttpRoutes implements AutoCloseable {
    static final int BODY_BYTES_MAX = 4 << 20;
    private static final long REQUEST_MILLIS_MAX = 30_000;
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._~-]{1,128}");
    private static final String BEARER = "Bearer ";

    /** What this protocol looked like before 2026. */
    private static final List<String> OBSOLETE = List.of("/promises", "/tasks", "/schedules");

    private final FrontDoor door;
    private final PollGroups groups;
    private final Duration keepAlive;
    private final Set<EventStream> streams = ConcurrentHashMap.newKeySet();
    private final AtomicLong bytesWaiting = new AtomicLong();

    /** @param keepAlive time between two comments on an idle connection */
    HttpRoutes(FrontDoor door, PollGroups groups, Duration keepAlive) {
        this.door = door;
        this.groups = groups;
        this.keepAlive = keepAlive;
    }

    void mount(ServerBuilder server) {
        server.route()
                .post("/")
                .maxRequestLength(BODY_BYTES_MAX)
                .requestTimeoutMillis(REQUEST_MILLIS_MAX)
                .errorHandler((context, cause) -> unreadable(cause))
                .build(this::operation);
        server.route().get("/poll/{group}/{id}").requestTimeoutMillis(0).build(this::poll);
        server.service("/health", (context, request) -> HttpResponse.of(HttpStatus.OK));
        server.service(
                "/ready",
                (context, request) -> HttpResponse.of(door.ready() ? HttpStatus.OK : HttpStatus.SERVICE_UNAVAILABLE));
        for (String path : OBSOLETE) {
            server.service(path, (context, request) -> obsolete(context));
            server.service("prefix:" + path + "/", (context, request) -> obsolete(context));
        }
    }

    private static HttpResponse obsolete(ServiceRequestContext context) {
        return refused(
                "unknown",
                "0",
                HttpStatus.GONE.code(),
                context.path() + " is of an older protocol (expected: POST / with version " + Envelopes.VERSION + ")");
    }

    private HttpResponse operation(ServiceRequestContext context, HttpRequest http) {
        return HttpResponse.of(http.aggregate().thenCompose(whole -> operation(context, whole)));
    }

    private CompletableFuture<HttpResponse> operation(ServiceRequestContext context, AggregatedHttpRequest http) {
        var received = Envelopes.readRequest(http.content().array());
        String token = received.auth() == null ? bearer(http.headers()) : received.auth();
        var reply = door.serve(token, received.content());
        return reply.isDone()
                ? reply.thenApply(answer -> response(received, answer))
                // The writer of the store, which completes it, has better things to do than JSON.
                : reply.thenApplyAsync(answer -> response(received, answer), context.eventLoop());
    }

    private static HttpResponse response(Envelopes.Received received, Reply<?> reply) {
        byte[] body = Envelopes.writeReply(received.kind(), received.correlationId(), reply);
        return json(MeteredResonate.status(reply), body);
    }

    private static @Nullable String bearer(RequestHeaders headers) {
        String header = headers.get(HttpHeaderNames.AUTHORIZATION);
        return header != null && header.regionMatches(true, 0, BEARER, 0, BEARER.length())
                ? header.substring(BEARER.length()).strip()
                : null;
    }

    /** What never became a request. */
    private static @Nullable HttpResponse unreadable(Throwable cause) {
        var reason = cause instanceof HttpStatusException && cause.getCause() != null ? cause.getCause() : cause;
        return switch (reason) {
            case ContentTooLargeException e ->
                refused(
                        "unknown",
                        "0",
                        HttpStatus.REQUEST_ENTITY_TOO_LARGE.code(),
                        "body: too large (expected: at most " + BODY_BYTES_MAX + " bytes)");
            case RequestTimeoutException e ->
                refused(
                        "unknown",
                        "0",
                        HttpStatus.REQUEST_TIMEOUT.code(),
                        "request: not complete within " + REQUEST_MILLIS_MAX / 1_000 + " s");
            default -> null;
        };
    }

    private static HttpResponse refused(String kind, String correlationId, int status, String message) {
        return json(status, Envelopes.writeRefusal(kind, correlationId, status, message));
    }

    private static HttpResponse json(int status, byte[] body) {
        return HttpResponse.of(HttpStatus.valueOf(status), MediaType.JSON, HttpData.wrap(body));
    }

    private HttpResponse poll(ServiceRequestContext context, HttpRequest http) {
        if (!door.mayPoll(bearer(http.headers()))) {
            return text(HttpStatus.UNAUTHORIZED, "Unauthorized");
        }
        var group = String.valueOf(context.pathParam("group"));
        var id = String.valueOf(context.pathParam("id"));
        if (!NAME.matcher(group).matches() || !NAME.matcher(id).matches()) {
            return text(
                    HttpStatus.BAD_REQUEST,
                    "group and id must be 1 to 128 letters, digits, dots, dashes, underscores or tildes");
        }
        var stream = new EventStream(context.eventLoop(), new ReaderRoom(bytesWaiting));
        var connection = new PollGroups.Connection(group, id, stream);
        if (!groups.add(connection)) {
            stream.discard();
            return text(HttpStatus.SERVICE_UNAVAILABLE, "Poll registration at capacity");
        }
        streams.add(stream);
        return stream.open(keepAlive, () -> {
            streams.remove(stream);
            groups.remove(connection);
        });
    }

    private static HttpResponse text(HttpStatus status, String words) {
        return HttpResponse.of(status, MediaType.PLAIN_TEXT_UTF_8, words);
    }

    /** Bytes of messages that wait for their readers. */
    long bytesWaiting() {
        return bytesWaiting.get();
    }

    /** Ends every poll, so that its client dials another server. */
    @Override
    public void close() {
        streams.forEach(EventStream::close);
    }
}
