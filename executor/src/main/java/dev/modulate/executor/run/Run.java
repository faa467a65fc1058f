package dev.modulate.executor.run;

import dev.modulate.executor.call.Assignment;
import dev.modulate.executor.call.TaskKey;
import dev.modulate.executor.instance.InstanceRequest;
import dev.modulate.executor.instance.PooledInstance;
import dev.modulate.executor.lease.HeldLease;
import dev.modulate.executor.output.AttemptOutput;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * One accepted assignment. Owned by the lane.
 *
 * <pre>
 * STARTING -> RUNNING -> SETTLING -> (gone)
 *     |          |-----> FAILED ---> (gone)     the router tries again
 *     '----------'-----------------> (gone)     cancelled, lease lost, too late
 * </pre>
 */
final class Run {
    enum State {
        STARTING,
        RUNNING,
        SETTLING,
        FAILED
    }

    /** Why it was stopped from outside. */
    enum Stop {
        ATTEMPT_TIMEOUT,
        DEADLINE,
        CANCELLED,
        LEASE_LOST
    }

    final Assignment assignment;
    final AttemptOutput output;
    final long acceptedNanos;
    final long deadlineNanos;
    State state = State.STARTING;
    long startedNanos;
    long endedNanos;

    /** When the polite stop has lasted long enough. */
    long killNanos;

    boolean killed;

    @Nullable
    Stop stop;

    @Nullable
    HeldLease lease;

    @Nullable
    InstanceRequest request;

    @Nullable
    PooledInstance instance;

    /** What a router that was away has to be told. */
    @Nullable
    Update update;

    Run(Assignment assignment, long nowNanos) {
        this.assignment = assignment;
        this.output = new AttemptOutput(assignment.task());
        this.acceptedNanos = nowNanos;
        this.deadlineNanos = nowNanos + assignment.deadlineRemaining().toNanos();
    }

    TaskKey task() {
        return assignment.task();
    }

    boolean occupiesSlot() {
        return state != State.FAILED;
    }

    /** Time it ran; zero when it never did. */
    Duration ran() {
        return startedNanos == 0 ? Duration.ZERO : Duration.ofNanos(endedNanos - startedNanos);
    }

    long attemptEndNanos() {
        return startedNanos + assignment.program().attemptTimeout().toNanos();
    }

    /** Time until the attempt or the promise ends, whichever comes first. */
    Duration remaining(long nowNanos) {
        return Duration.ofNanos(Math.max(0, Math.min(attemptEndNanos(), deadlineNanos) - nowNanos));
    }
}
