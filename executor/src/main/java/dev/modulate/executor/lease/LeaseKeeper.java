package dev.modulate.executor.lease;

import dev.modulate.executor.call.Assignment;
import dev.modulate.executor.call.TaskKey;
import dev.modulate.executor.lane.Lane;
import dev.modulate.resonate.protocol.Answer;
import dev.modulate.resonate.protocol.Reply;
import dev.modulate.resonate.protocol.Request;
import dev.modulate.resonate.protocol.Resonate;
import dev.modulate.resonate.protocol.Task;
import dev.modulate.resonate.protocol.TaskState;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Renews the lease of every held task each third of its length, one request for each task: a server refuses requests
 * that name several trees.
 *
 * <p>A heartbeat never tells that the lease is lost. So after an outage, and when a renewal came too late, the task
 * itself is asked. Owned by the lane.
 */
public final class LeaseKeeper {
    private static final Logger LOG = LoggerFactory.getLogger(LeaseKeeper.class);

    private final Lane lane;
    private final Resonate resonate;
    private final LongSupplier nanoTime;
    private final Set<HeldLease> held = new LinkedHashSet<>();

    public LeaseKeeper(Lane lane, Resonate resonate, LongSupplier nanoTime) {
        this.lane = lane;
        this.resonate = resonate;
        this.nanoTime = nanoTime;
    }

    /**
     * Keeps a lease from now on.
     *
     * @param lost called on the lane, once, when somebody else owns the task
     */
    public HeldLease keep(TaskKey task, Assignment.Lease lease, Runnable lost) {
        var kept = new HeldLease(task, lease.ownerPid(), lease.ttl(), lost);
        long now = nanoTime.getAsLong();
        kept.endNanos = now + lease.remaining().toNanos();
        kept.nextBeatNanos = kept.endNanos - lease.ttl().toNanos() * 2 / 3;
        held.add(kept);
        return kept;
    }

    /** Renews it no more. */
    public void drop(HeldLease lease) {
        held.remove(lease);
    }

    public void tick() {
        long now = nanoTime.getAsLong();
        for (HeldLease lease : List.copyOf(held)) {
            lease.doubtful |= now - lease.endNanos > 0;
            if (now - lease.nextBeatNanos >= 0 && !lease.asking) {
                lease.nextBeatNanos = now + lease.ttl.toNanos() / 3;
                beat(lease, now);
            }
        }
    }

    private void beat(HeldLease lease, long sentNanos) {
        lease.asking = true;
        var tasks = List.of(new Request.TaskVersion(lease.task.id(), lease.task.version()));
        resonate.send(new Request.TaskHeartbeat(lease.ownerPid, tasks))
                .whenComplete((reply, problem) -> lane.post(() -> answered(lease, sentNanos, reply)));
    }

    private void answered(HeldLease lease, long sentNanos, @Nullable Reply<Answer.Done> reply) {
        lease.asking = false;
        if (!(reply instanceof Reply.Ok)) {
            lease.doubtful = true;
            return;
        }
        lease.endNanos = sentNanos + lease.ttl.toNanos();
        if (lease.doubtful && held.contains(lease)) {
            ask(lease);
        }
    }

    private void ask(HeldLease lease) {
        lease.asking = true;
        resonate.send(new Request.TaskGet(lease.task.id()))
                .whenComplete((reply, problem) -> lane.post(() -> told(lease, reply)));
    }

    private void told(HeldLease lease, @Nullable Reply<Answer.OfTask> reply) {
        lease.asking = false;
        if (reply == null) {
            return;
        }
        boolean mine = switch (reply) {
            case Reply.Refused<Answer.OfTask> refused -> refused.status() != 404;
            case Reply.Ok<Answer.OfTask> ok -> {
                lease.doubtful = ok.answer().task().state() != TaskState.ACQUIRED;
                yield mine(lease, ok.answer().task());
            }
        };
        if (!mine && held.remove(lease)) {
            LOG.atInfo().addKeyValue("task", lease.task).log("lease lost");
            lease.lost.run();
        }
    }

    /** A task that waits under our version was taken by nobody yet: whoever runs it may still settle it. */
    private static boolean mine(HeldLease lease, Task task) {
        return task.version() == lease.task.version()
                && switch (task.state()) {
                    case ACQUIRED -> lease.ownerPid.equals(task.pid());
                    case PENDING -> true;
                    case SUSPENDED, HALTED, FULFILLED -> false;
                };
    }
}
