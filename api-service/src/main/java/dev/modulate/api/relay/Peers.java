package dev.modulate.api.relay;

import com.google.rpc.Code;
import dev.modulate.observability.server.CallDeadline;
import dev.modulate.observability.server.GrpcErrors;
import io.grpc.Status;
import io.grpc.stub.AbstractStub;
import java.time.Duration;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;

/** How calls to other services are made and how their faults are told. */
final class Peers {
    private static final Duration UNARY_TIMEOUT = Duration.ofSeconds(15);
    private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

    private Peers() {}

    /** The stub with the caller's deadline, or with a bound of our own. Ask on the thread the call came on. */
    static <S extends AbstractStub<S>> S bounded(S stub) {
        long nanos = CallDeadline.remaining().orElse(UNARY_TIMEOUT).toNanos();
        return stub.withDeadlineAfter(nanos, TimeUnit.NANOSECONDS);
    }

    /** A peer that does not answer has a name and a setting; what it did answer goes through as it is. */
    static Throwable words(Throwable thrown, String peer, String setting) {
        var cause = thrown instanceof CompletionException && thrown.getCause() != null ? thrown.getCause() : thrown;
        var status = Status.fromThrowable(cause);
        boolean silent = status.getCode() == Status.Code.UNAVAILABLE || status.getCode() == Status.Code.UNKNOWN;
        var trailers = Status.trailersFromThrowable(cause);
        if (!silent || (trailers != null && !trailers.keys().isEmpty())) {
            return cause;
        }
        return GrpcErrors.retryLater(
                Code.UNAVAILABLE, "PEER_UNAVAILABLE", peer + " does not answer (" + setting + ")", RETRY_AFTER);
    }
}
