package dev.modulate.api.invocation;

import dev.modulate.api.admission.Names;
import dev.modulate.api.promise.InvocationProto;
import dev.modulate.api.promise.Promises;
import dev.modulate.invocation.v1.Invocation;
import dev.modulate.observability.server.GrpcErrors;
import dev.modulate.resonate.protocol.Promise;
import io.grpc.StatusRuntimeException;
import java.time.InstantSource;
import java.util.concurrent.CompletableFuture;

/** Invocations as users see them: the promise, what its attempts left behind, and where it runs. */
public final class Reading {
    private final String tenant;
    private final Promises promises;
    private final Locator locator;
    private final InstantSource clock;

    public Reading(String tenant, Promises promises, Locator locator, InstantSource clock) {
        this.tenant = tenant;
        this.promises = promises;
        this.locator = locator;
        this.clock = clock;
    }

    /**
     * The promise of a resource name.
     *
     * @throws StatusRuntimeException when the name breaks the grammar
     */
    String taskId(String name) {
        return Names.invocationId(name)
                .map(id -> Names.promiseId(tenant, id))
                .orElseThrow(() -> GrpcErrors.invalid("name", name, Names.INVOCATION_NAME_RULE));
    }

    String invocationId(Promise promise) {
        return promise.id().substring(tenant.length() + 1);
    }

    /** Fails with NOT_FOUND. */
    CompletableFuture<Promise> promise(String taskId) {
        return promises.get(taskId)
                .thenApply(found -> found.orElseThrow(
                        () -> GrpcErrors.notFound(Names.invocationName(taskId.substring(tenant.length() + 1)))));
    }

    CompletableFuture<Invocation> invocation(String taskId) {
        return promise(taskId).thenCompose(this::complete);
    }

    /** As in a list: without what would take another question, and without the input. */
    Invocation listed(Promise promise) {
        return InvocationProto.of(promise, clock.millis()).clearInput().build();
    }

    /** With failed attempts, and with where it runs. */
    CompletableFuture<Invocation> complete(Promise promise) {
        var invocation = InvocationProto.of(promise, clock.millis());
        if (invocation.getState() != Invocation.State.STATE_PENDING) {
            return withFailedAttempts(promise, invocation);
        }
        return locator.locate(promise.id()).thenCompose(located -> {
            located.ifPresent(found -> invocation
                    .setState(
                            found.getState() == Invocation.State.STATE_RUNNING
                                    ? Invocation.State.STATE_RUNNING
                                    : Invocation.State.STATE_PENDING)
                    .setNode(found.getNode())
                    .setAttempt(found.getAttempt()));
            return withFailedAttempts(promise, invocation);
        });
    }

    private CompletableFuture<Invocation> withFailedAttempts(Promise promise, Invocation.Builder invocation) {
        if (invocation.getAttempt() <= 1) {
            return CompletableFuture.completedFuture(invocation.build());
        }
        return promises.failedAttempts(promise.id())
                .thenApply(attempts -> invocation.addAllFailedAttempts(attempts).build());
    }
}
