package dev.modulate.resonate.server;

import dev.modulate.resonate.lane.PromiseLane;
import dev.modulate.resonate.protocol.Reply;
import dev.modulate.resonate.protocol.Request;
import dev.modulate.resonate.protocol.ResonateUnavailableException;
import dev.modulate.resonate.server.auth.Access;
import dev.modulate.resonate.wire.Envelopes.Content;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves operations whichever transport brought them, in the protocol's order of checks: the envelope, who asks, whether
 * they may, what they ask for. Every answer is a reply; faults of ours are refusals with status 500 or 503.
 */
public final class FrontDoor {
    private static final int BAD = 400;
    private static final int BROKEN = 500;
    private static final int UNAVAILABLE = 503;

    /** For meters: what came is no operation, and a caller's own word is no tag. */
    private static final String NO_OPERATION = "unknown";

    private static final Logger LOG = LoggerFactory.getLogger(FrontDoor.class);

    private final PromiseLane lane;
    private final Access access;
    private final OperationMeters operations;
    private final LongSupplier nanoTime;

    FrontDoor(PromiseLane lane, Access access, OperationMeters operations, LongSupplier nanoTime) {
        this.lane = lane;
        this.access = access;
        this.operations = operations;
        this.nanoTime = nanoTime;
    }

    /** @param token of the caller, null when there is none */
    public CompletableFuture<? extends Reply<?>> serve(@Nullable String token, Content content) {
        long start = nanoTime.getAsLong();
        if (content instanceof Content.BadEnvelope bad) {
            return refused(new Reply.Refused<>(BAD, bad.mistake()), start);
        }
        var refusal = access.refusal(token, content);
        if (refusal != null) {
            return refused(refusal, start);
        }
        return switch (content) {
            case Content.BadEnvelope bad -> throw new IllegalStateException("was refused above");
            case Content.BadOperation bad -> refused(new Reply.Refused<>(BAD, bad.mistake()), start);
            case Content.Operation operation -> apply(operation.request(), operation.debugTimeMillis(), start);
        };
    }

    private CompletableFuture<Reply<Object>> refused(Reply.Refused<Object> refusal, long start) {
        operations.record(NO_OPERATION, refusal.status(), nanoTime.getAsLong() - start);
        return CompletableFuture.completedFuture(refusal);
    }

    private <A> CompletableFuture<Reply<A>> apply(Request<A> request, @Nullable Long debugTimeMillis, long start) {
        return lane.submit(request, debugTimeMillis).handle((reply, failure) -> {
            Reply<A> answer = reply != null ? reply : fault(request, failure);
            operations.record(request.kind(), MeteredResonate.status(answer), nanoTime.getAsLong() - start);
            return answer;
        });
    }

    private static <A> Reply<A> fault(Request<A> request, Throwable failure) {
        if (failure instanceof ResonateUnavailableException unavailable) {
            return new Reply.Refused<>(UNAVAILABLE, "" + unavailable.getMessage());
        }
        LOG.atError().addKeyValue("kind", request.kind()).setCause(failure).log("operation failed");
        return new Reply.Refused<>(BROKEN, "internal error");
    }

    /** True when the caller may poll. */
    public boolean mayPoll(@Nullable String token) {
        return access.known(token);
    }

    /** True while operations are served. */
    boolean ready() {
        return lane.serving();
    }
}
