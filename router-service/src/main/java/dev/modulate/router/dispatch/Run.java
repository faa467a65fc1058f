package dev.modulate.router.dispatch;

import dev.modulate.router.placement.Holding;
import dev.modulate.router.placement.Warmth;
import dev.modulate.router.wire.AttemptFailure;
import dev.modulate.router.wire.Call;
import dev.modulate.router.wire.Reader;
import dev.modulate.router.wire.TaskVersion;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One call this router works on. Plain state: the cell's thread owns it, {@link Runs#move} changes its state. */
final class Run {
    static final int WAITERS_MAX = 64;

    final String id;
    final Timers.Alarm alarm;
    final List<Waiter> waiters = new ArrayList<>(1);
    RunState state;
    long version;

    /** Null while only the node that runs it has read it. */
    @Nullable
    Call call;

    /** What its caller had asked for; null when this router has not seen the promise. */
    @Nullable
    String request;

    Reader reader = Reader.API;

    long deadlineAt = Timers.NEVER;
    long heartbeatAt = Timers.NEVER;
    long leaseUntil;

    /** When to look again: end of a pause, of a grace, of the wait for an answer. */
    long resumeAt = Timers.NEVER;

    /** When it began to wait for a node; {@link Timers#NEVER} when it has not. */
    long queuedAt = Timers.NEVER;

    /** When a node was given it; {@link Timers#NEVER} when none was. */
    long placedAt = Timers.NEVER;

    /** When its function began to run; {@link Timers#NEVER} when it has not. */
    long startedAt = Timers.NEVER;

    /** When this router first knew of it. */
    final long arrivedAt;

    /** When it was called, as far as is known, which may be before this router started: what it has waited does not end with a router. */
    long calledAt;

    /** Whether somebody else had it before: then its promise says when it was called. */
    boolean adopted;

    @Nullable
    Node node;

    @Nullable
    Holding holding;

    /** How warm the node was when it was given the call; null when this router did not give it. */
    @Nullable
    Warmth warmth;

    /** Why the attempt before this version ended; null when there was none or it is dealt with. */
    @Nullable
    Ended ended;

    /** The newest failure of the function itself. */
    @Nullable
    AttemptFailure functionFailure;

    int functionFailures;
    int losses;

    /** False when earlier attempts have to be read before the next failure is judged. */
    boolean historyKnown = true;

    /** Version of which the server said that nobody holds its lease, while a node had the run; zero when it did not. */
    long unownedVersion;

    int unavailableInRow;

    /** Cancelled before the answer to its create came. */
    boolean cancelled;

    /**
     * An attempt that came to nothing.
     *
     * @param recorded whether its child promise is written
     */
    record Ended(TaskVersion task, @Nullable Node node, AttemptFailure failure, boolean recorded) {
        String nodeName() {
            return node == null ? "" : node.id().resourceName();
        }

        Ended written() {
            return new Ended(task, node, failure, true);
        }
    }

    Run(String id, RunState state, Timers timers, java.util.function.Consumer<Run> wake) {
        this.id = id;
        this.arrivedAt = timers.now();
        this.calledAt = arrivedAt;
        this.state = state;
        this.adopted = state != RunState.CREATING;
        this.alarm = timers.alarm(() -> wake.accept(this));
    }

    TaskVersion task() {
        return new TaskVersion(id, version);
    }

    Call knownCall() {
        if (call == null) {
            throw new IllegalStateException("call of " + id + " was never read");
        }
        return call;
    }

    /** False when too many wait already. */
    boolean add(Waiter waiter) {
        if (waiters.size() >= WAITERS_MAX) {
            waiters.removeIf(other -> !other.api().open());
        }
        return waiters.size() < WAITERS_MAX && waiters.add(waiter);
    }

    long nextAlarm() {
        return Math.min(deadlineAt, Math.min(heartbeatAt, resumeAt));
    }
}
