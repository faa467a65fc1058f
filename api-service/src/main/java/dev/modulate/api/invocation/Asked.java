package dev.modulate.api.invocation;

import dev.modulate.api.admission.Lifetime.Ttl;
import dev.modulate.invocation.v1.CreateInvocationRequest;
import dev.modulate.invocation.v1.InvokeFunctionRequest;
import dev.modulate.invocation.v1.Payload;
import dev.modulate.invocation.v1.Priority;
import dev.modulate.invocation.v1.Target;
import dev.modulate.observability.server.GrpcErrors;
import dev.modulate.registry.v1.Placement;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A call as it came in.
 *
 * @param ttl null when absent
 * @param callDeadline time the caller waits and after which it wants no result; null when it says nothing about that
 */
record Asked(
        String invocationId,
        Target target,
        Payload input,
        @Nullable Ttl ttl,
        Priority priority,
        Placement placement,
        @Nullable Duration callDeadline) {
    /** The deadline of a create bounds its acceptance only. */
    static Asked of(CreateInvocationRequest request) {
        return new Asked(
                request.getInvocationId(),
                request.getTarget(),
                request.getInput(),
                request.hasTtl() ? ttl(request.getTtl()) : null,
                priority(request.getPriority(), request.getPriorityValue()),
                request.getPlacement(),
                null);
    }

    static Asked of(InvokeFunctionRequest request, @Nullable Duration callDeadline) {
        return new Asked(
                request.getInvocationId(),
                request.getTarget(),
                request.getInput(),
                request.hasTtl() ? ttl(request.getTtl()) : null,
                priority(request.getPriority(), request.getPriorityValue()),
                request.getPlacement(),
                callDeadline);
    }

    /** @throws io.grpc.StatusRuntimeException when it is none of ours */
    private static Priority priority(Priority priority, int value) {
        if (priority == Priority.UNRECOGNIZED) {
            throw GrpcErrors.invalid("priority", value, "PRIORITY_HIGH, PRIORITY_NORMAL or PRIORITY_LOW");
        }
        return priority;
    }

    private static Ttl ttl(com.google.protobuf.Duration ttl) {
        return new Ttl(ttl.getSeconds(), ttl.getNanos());
    }
}
