package dev.modulate.api.invocation;

import dev.modulate.api.promise.InvocationProto;
import dev.modulate.api.promise.Promises;
import dev.modulate.invocation.v1.CancelInvocationRequest;
import dev.modulate.invocation.v1.Invocation;
import dev.modulate.observability.server.GrpcErrors;
import dev.modulate.resonate.protocol.PromiseState;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/** Cancels: settles the promise first, then tells the routers, so that no later result counts. */
final class Cancelling {
    private static final int REASON_CHARS_MAX = 1024;

    private final Desk desk;
    private final Promises promises;
    private final Duration grace;

    /** @param grace between the polite and the hard stop of a run */
    Cancelling(Desk desk, Promises promises, Duration grace) {
        this.desk = desk;
        this.promises = promises;
        this.grace = grace;
    }

    /** @throws io.grpc.StatusRuntimeException when the request breaks a rule */
    CompletableFuture<Invocation> cancel(CancelInvocationRequest request) {
        String reason = request.getReason();
        if (reason.length() > REASON_CHARS_MAX) {
            throw GrpcErrors.invalid(
                    "reason", reason.length() + " characters", "at most " + REASON_CHARS_MAX + " characters");
        }
        String taskId = desk.reading().taskId(request.getName());
        return promises.cancel(taskId, InvocationProto.cancelled(reason)).thenCompose(found -> {
            var promise = found.orElseThrow(() -> GrpcErrors.notFound(request.getName()));
            if (promise.state() == PromiseState.REJECTED_CANCELED) {
                desk.dispatcher().cancel(taskId, grace);
            }
            desk.waiters().found(promise);
            return desk.reading().complete(promise);
        });
    }
}
