package dev.modulate.executor.lease;

import dev.modulate.executor.call.TaskKey;
import java.time.Duration;

/** The lease of one task, kept by a {@link LeaseKeeper}. Owned by the lane. */
public final class HeldLease {
    final TaskKey task;
    final String ownerPid;
    final Duration ttl;
    final Runnable lost;
    long nextBeatNanos;
    long endNanos;

    /** A heartbeat or a question is under way. */
    boolean asking;

    /** Nobody can say whether the lease still holds: ask the task. */
    boolean doubtful;

    HeldLease(TaskKey task, String ownerPid, Duration ttl, Runnable lost) {
        this.task = task;
        this.ownerPid = ownerPid;
        this.ttl = ttl;
        this.lost = lost;
    }

    public String ownerPid() {
        return ownerPid;
    }
}
