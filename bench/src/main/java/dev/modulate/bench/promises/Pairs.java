package dev.modulate.bench.promises;

import dev.modulate.resonate.protocol.PromiseState;
import dev.modulate.resonate.protocol.Reply;
import dev.modulate.resonate.protocol.Request;
import dev.modulate.resonate.protocol.Resonate;
import dev.modulate.resonate.protocol.Tags;
import dev.modulate.resonate.protocol.Value;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;

/** A task created and fulfilled: two durable operations, 256 bytes in and out. */
final class Pairs {
    /**
     * What one of the two operations writes on average, but for one key: 307 bytes of param, tags and times, 19 of where the
     * pending promise stands, 275 of the settled one, and four keys of eight, halved.
     */
    static final int RECORD_BYTES = 308;

    private static final long LIFE_MILLIS = 3_600_000;
    private static final String TEXT = "x".repeat(256);
    private static final Value VALUE = new Value(Map.of(), TEXT);
    private static final Map<String, String> TAGS = Map.of(Tags.TARGET, "poll://any@bench");
    private static final String PID = "bench";
    private static final long TTL_MILLIS = 10_000;
    private static final AtomicLong IDS = new AtomicLong();

    private Pairs() {}

    static String id() {
        return "p" + IDS.incrementAndGet();
    }

    static CompletableFuture<?> through(Resonate resonate) {
        String id = id();
        var promise = new Request.PromiseCreate(id, System.currentTimeMillis() + LIFE_MILLIS, VALUE, TAGS);
        return resonate.send(new Request.TaskCreate(PID, TTL_MILLIS, promise))
                .thenApply(Pairs::expectOk)
                .thenCompose(granted -> resonate.send(
                        new Request.TaskFulfill(id, 1, new Request.PromiseSettle(id, PromiseState.RESOLVED, VALUE))))
                .thenApply(Pairs::expectOk);
    }

    private static <A> A expectOk(Reply<A> reply) {
        return switch (reply) {
            case Reply.Ok<A> ok -> ok.answer();
            case Reply.Refused<A> refused -> throw new IllegalStateException("refused: " + refused);
        };
    }

    static CompletableFuture<?> through(RawHttp http) {
        String id = id();
        return http.post("/", create(id)).thenCompose(created -> http.post("/", fulfil(id)));
    }

    private static String head(String kind) {
        return "{\"kind\":\"" + kind + "\",\"head\":{\"corrId\":\"c-1\",\"version\":\"2026-04-01\"},\"data\":";
    }

    static byte[] create(String id) {
        return (head("task.create") + "{\"pid\":\"" + PID + "\",\"ttl\":" + TTL_MILLIS + ",\"action\":"
                        + head("promise.create") + "{\"id\":\"" + id + "\",\"timeoutAt\":"
                        + (System.currentTimeMillis() + LIFE_MILLIS) + ",\"param\":{\"data\":\"" + TEXT
                        + "\"},\"tags\":{\"" + Tags.TARGET + "\":\"poll://any@bench\"}}}}}")
                .getBytes(StandardCharsets.US_ASCII);
    }

    static byte[] fulfil(String id) {
        return (head("task.fulfill") + "{\"id\":\"" + id + "\",\"version\":1,\"action\":" + head("promise.settle")
                        + "{\"id\":\"" + id + "\",\"state\":\"resolved\",\"value\":{\"data\":\"" + TEXT + "\"}}}}}")
                .getBytes(StandardCharsets.US_ASCII);
    }
}
