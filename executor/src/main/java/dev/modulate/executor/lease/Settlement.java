package dev.modulate.executor.lease;

import dev.modulate.executor.call.TaskKey;
import dev.modulate.resonate.protocol.PromiseState;
import dev.modulate.resonate.protocol.Value;
import java.time.Duration;

/**
 * What a promise is to be settled with.
 *
 * @param ttl length of the lease, should it have to be taken again
 * @param deadlineNanos when the promise times out; nothing is tried after it
 */
public record Settlement(
        TaskKey task, String ownerPid, Duration ttl, PromiseState state, Value value, long deadlineNanos) {
    /** How settling ended. */
    public sealed interface End {
        /** The promise holds exactly this settlement. */
        record Settled() implements End {}

        /** Somebody else owns the call or has settled it. */
        record NotOurs() implements End {}

        /** The promise timed out first. */
        record TooLate() implements End {}

        /** The server takes no such value. */
        record Refused(String message) implements End {}
    }

    Settlement as(long version) {
        return new Settlement(new TaskKey(task.id(), version), ownerPid, ttl, state, value, deadlineNanos);
    }
}
