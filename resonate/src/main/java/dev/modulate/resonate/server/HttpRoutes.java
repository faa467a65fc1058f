package dev.modulate.resonate.server;

import com.linecorp.armeria.common.AggregatedHttpRequest;
import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.server.ServerBuilder;
import com.linecorp.armeria.server.ServiceRequestContext;
import dev.modulate.resonate.embedded.PollGroups;
import dev.modulate.resonate.lane.PromiseLane;
import dev.modulate.resonate.protocol.Request;
import dev.modulate.resonate.wire.Envelopes;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The protocol over HTTP: {@code POST /}, {@code GET /poll/{group}/{id}}, {@code /health} and {@code /ready}. */
final class HttpRoutes implements AutoCloseable {
    private static final int BODY_BYTES_MAX = 4 << 20;
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._~-]{1,128}");

    private final PromiseLane lane;
    private final PollGroups groups;
    private final OperationMeters operations;
    private final LongSupplier nanoTime;
    private final Set<EventStream> streams = ConcurrentHashMap.newKeySet();

    HttpRoutes(PromiseLane lane, PollGroups groups, OperationMeters operations, LongSupplier nanoTime) {
        this.lane = lane;
        this.groups = groups;
        this.operations = operations;
        this.nanoTime = nanoTime;
    }

    void mount(ServerBuilder server) {
        server.route()
                .post("/")
                .maxRequestLength(BODY_BYTES_MAX)
                .requestTimeoutMillis(30_000)
                .build((context, request) -> operation(request));
        server.route().get("/poll/{group}/{id}").requestTimeoutMillis(0).build((context, request) -> poll(context));
        server.service("/health", (context, request) -> HttpResponse.of(HttpStatus.OK));
        server.service(
                "/ready",
                (context, request) -> HttpResponse.of(lane.serving() ? HttpStatus.OK : HttpStatus.SERVICE_UNAVAILABLE));
    }

    private HttpResponse operation(HttpRequest http) {
        return HttpResponse.of(http.aggregate().thenCompose(this::operation));
    }

    private java.util.concurrent.CompletableFuture<HttpResponse> operation(AggregatedHttpRequest http) {
        var received = Envelopes.readRequest(http.content().array());
        var request = received.request();
        if (request == null) {
            return java.util.concurrent.CompletableFuture.completedFuture(
                    refused(received.kind(), received.correlationId(), received.status(), received.mistake()));
        }
        return serve(request, received.correlationId());
    }

    private <A> java.util.concurrent.CompletableFuture<HttpResponse> serve(Request<A> request, String correlationId) {
        long start = nanoTime.getAsLong();
        return lane.submit(request).handle((reply, failure) -> {
            int status = MeteredResonate.status(reply);
            operations.record(request.kind(), status, nanoTime.getAsLong() - start);
            return reply == null
                    ? refused(request.kind(), correlationId, status, words(failure))
                    : json(status, Envelopes.writeReply(request.kind(), correlationId, reply));
        });
    }

    private static String words(@Nullable Throwable failure) {
        return failure == null ? "" : String.valueOf(failure.getMessage());
    }

    private static HttpResponse refused(String kind, String correlationId, int status, String message) {
        return json(status, Envelopes.writeRefusal(kind, correlationId, status, message));
    }

    private static HttpResponse json(int status, byte[] body) {
        return HttpResponse.of(HttpStatus.valueOf(status), MediaType.JSON, HttpData.wrap(body));
    }

    private HttpResponse poll(ServiceRequestContext context) {
        var group = String.valueOf(context.pathParam("group"));
        var id = String.valueOf(context.pathParam("id"));
        if (!NAME.matcher(group).matches() || !NAME.matcher(id).matches()) {
            return HttpResponse.of(
                    HttpStatus.BAD_REQUEST,
                    MediaType.PLAIN_TEXT_UTF_8,
                    "group and id must be 1 to 128 letters, digits, dots, dashes, underscores or tildes");
        }
        var stream = new EventStream(context.eventLoop());
        var connection = new PollGroups.Connection(group, id, stream);
        if (!groups.add(connection)) {
            return HttpResponse.of(
                    HttpStatus.SERVICE_UNAVAILABLE, MediaType.PLAIN_TEXT_UTF_8, "Poll registration at capacity");
        }
        streams.add(stream);
        return stream.open(() -> {
            streams.remove(stream);
            groups.remove(connection);
        });
    }

    /** Ends every poll, so that its client dials another server. */
    @Override
    public void close() {
        streams.forEach(EventStream::close);
    }
}
