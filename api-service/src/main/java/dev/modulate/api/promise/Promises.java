package dev.modulate.api.promise;

import com.google.rpc.Code;
import dev.modulate.invocation.v1.FailedAttempt;
import dev.modulate.observability.server.GrpcErrors;
import dev.modulate.resonate.protocol.Answer;
import dev.modulate.resonate.protocol.Promise;
import dev.modulate.resonate.protocol.PromiseState;
import dev.modulate.resonate.protocol.Reply;
import dev.modulate.resonate.protocol.Request;
import dev.modulate.resonate.protocol.Resonate;
import dev.modulate.resonate.protocol.ResonateUnavailableException;
import dev.modulate.resonate.protocol.Value;
import io.grpc.StatusRuntimeException;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/** The promises of invocations. Futures fail with a gRPC status, and complete on threads that must not be blocked. */
public final class Promises {
    private static final int NOT_FOUND = 404;
    private static final int ATTEMPTS_SHOWN_MAX = 100;

    private final Resonate resonate;

    public Promises(Resonate resonate) {
        this.resonate = resonate;
    }

    /** A page of a search. */
    public record Page(List<Promise> promises, @Nullable String cursor) {}

    /** Empty when it does not exist. */
    public CompletableFuture<Optional<Promise>> get(String id) {
        return resonate.send(new Request.PromiseGet(id)).handle((reply, cause) -> promise(reply, cause));
    }

    /** Cancels unless it is settled already; the answer says which. Empty when it does not exist. */
    public CompletableFuture<Optional<Promise>> cancel(String id, Value value) {
        return resonate.send(new Request.PromiseSettle(id, PromiseState.REJECTED_CANCELED, value))
                .handle((reply, cause) -> promise(reply, cause));
    }

    /** Asks for one message when it settles; look at the state of what comes back. */
    public CompletableFuture<Optional<Promise>> listen(String id, String address) {
        return resonate.send(new Request.PromiseRegisterListener(id, address))
                .handle((reply, cause) -> promise(reply, cause));
    }

    public CompletableFuture<Page> search(
            @Nullable PromiseState state, Map<String, String> tags, int limit, @Nullable String cursor) {
        return resonate.send(new Request.PromiseSearch(state, tags, limit, cursor))
                .handle((reply, cause) -> switch (answered(reply, cause)) {
                    case Reply.Ok<Answer.Promises> ok ->
                        new Page(ok.answer().promises(), ok.answer().cursor());
                    case Reply.Refused<Answer.Promises> refused -> throw refused(refused);
                });
    }

    /** Attempts that failed and were tried again, oldest first; none when the server cannot search. */
    public CompletableFuture<List<FailedAttempt>> failedAttempts(String promiseId) {
        return search(null, PromiseTags.ofAttempts(promiseId), ATTEMPTS_SHOWN_MAX, null)
                .handle((page, cause) -> page == null
                        ? List.of()
                        : page.promises().stream()
                                .flatMap(child -> InvocationProto.failedAttempt(child).stream())
                                .sorted(Comparator.comparingLong(FailedAttempt::getAttempt))
                                .toList());
    }

    private static Optional<Promise> promise(@Nullable Reply<Answer.OfPromise> reply, @Nullable Throwable cause) {
        return switch (answered(reply, cause)) {
            case Reply.Ok<Answer.OfPromise> ok -> Optional.of(ok.answer().promise());
            case Reply.Refused<Answer.OfPromise> refused -> {
                if (refused.status() == NOT_FOUND) {
                    yield Optional.empty();
                }
                throw refused(refused);
            }
        };
    }

    private static <A> Reply<A> answered(@Nullable Reply<A> reply, @Nullable Throwable cause) {
        if (reply != null) {
            return reply;
        }
        var root = cause instanceof CompletionException && cause.getCause() != null ? cause.getCause() : cause;
        if (root instanceof ResonateUnavailableException) {
            throw GrpcErrors.of(
                    Code.UNAVAILABLE,
                    "RESONATE_UNAVAILABLE",
                    "the Resonate server does not answer: " + root.getMessage());
        }
        throw new CompletionException(root);
    }

    private static StatusRuntimeException refused(Reply.Refused<?> refused) {
        return GrpcErrors.of(
                Code.INTERNAL,
                "RESONATE_REFUSED",
                "the Resonate server answered " + refused.status() + ": " + refused.message());
    }
}
