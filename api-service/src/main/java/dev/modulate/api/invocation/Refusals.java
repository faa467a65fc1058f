package dev.modulate.api.invocation;

import com.google.rpc.Code;
import dev.modulate.api.admission.Violation;
import dev.modulate.observability.server.GrpcErrors;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.util.concurrent.CompletionException;

/** Statuses of calls that are not accepted. */
final class Refusals {
    private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

    private Refusals() {}

    static StatusRuntimeException of(Violation violation) {
        return GrpcErrors.invalid(violation.field(), violation.value(), violation.rule());
    }

    static StatusRuntimeException conflict(String invocationId) {
        return GrpcErrors.of(
                Code.ALREADY_EXISTS,
                "ID_CONFLICT",
                "invocation_id: \"" + invocationId + "\" belongs to a call with another target or input");
    }

    static StatusRuntimeException noRouter(String words) {
        return GrpcErrors.retryLater(Code.UNAVAILABLE, "NO_ROUTER", words, RETRY_AFTER);
    }

    static StatusRuntimeException inDoubt(String invocationId, String words) {
        return GrpcErrors.of(
                Code.UNAVAILABLE,
                "ACCEPTANCE_IN_DOUBT",
                words + "; the call may be accepted or not: call again with invocation_id \"" + invocationId + "\"");
    }

    static StatusRuntimeException noFunctions(String words) {
        return GrpcErrors.retryLater(Code.UNAVAILABLE, "NO_REGISTRY", words, RETRY_AFTER);
    }

    static StatusRuntimeException tooManyWaiters(int waitersMax) {
        return GrpcErrors.retryLater(
                Code.RESOURCE_EXHAUSTED,
                "TOO_MANY_WAITERS",
                waitersMax + " callers wait already (api.waiters-max)",
                RETRY_AFTER);
    }

    /** The status of a failed future; anything but a status is a bug of ours. */
    static StatusRuntimeException status(Throwable thrown) {
        return cause(thrown) instanceof StatusRuntimeException status
                ? status
                : io.grpc.Status.INTERNAL.withCause(thrown).asRuntimeException();
    }

    /** The cause inside what a future wraps around it. */
    static Throwable cause(Throwable thrown) {
        return thrown instanceof CompletionException && thrown.getCause() != null ? thrown.getCause() : thrown;
    }
}
