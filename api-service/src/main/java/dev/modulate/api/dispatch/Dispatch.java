package dev.modulate.api.dispatch;

import com.google.protobuf.Duration;
import com.google.rpc.Status;
import dev.modulate.invocation.v1.InvocationRecord;
import dev.modulate.router.v1.DispatchInvocation;

/**
 * One invocation on its way to a router. Whoever sends it may send it again: its id makes that harmless.
 *
 * @param timeoutAtMillis when the promise times out, since the epoch
 */
public record Dispatch(
        String taskId, InvocationRecord record, String requestSha256, long timeoutAtMillis, Listener listener) {
    private static final int MILLIS_PER_SECOND = 1000;
    private static final int NANOS_PER_MILLI = 1_000_000;

    /** Hears once what became of it, on a thread that must not be blocked. */
    public interface Listener {
        void answered(Answer answer);
    }

    /** What became of a dispatch. */
    public sealed interface Answer {
        /** The promise is durable. */
        record Accepted(long timeoutAtMillis) implements Answer {}

        /** A promise of this id existed. */
        record Existing(String requestSha256, boolean settled) implements Answer {}

        /** A router said no; nothing was written. */
        record Refused(Status status) implements Answer {}

        /** No router was there; nothing was written. */
        record NotSent(String words) implements Answer {}

        /** A router did not answer in time; the promise may exist or not. */
        record InDoubt(String words) implements Answer {}
    }

    /** As a message that is sent now: a remaining time that has run out goes as one millisecond. */
    DispatchInvocation message(long nowMillis) {
        long remaining = Math.max(1, timeoutAtMillis - nowMillis);
        return DispatchInvocation.newBuilder()
                .setRecord(record)
                .setRequestSha256(requestSha256)
                .setDeadlineRemaining(Duration.newBuilder()
                        .setSeconds(remaining / MILLIS_PER_SECOND)
                        .setNanos((int) (remaining % MILLIS_PER_SECOND) * NANOS_PER_MILLI))
                .setWait(true)
                .build();
    }
}
