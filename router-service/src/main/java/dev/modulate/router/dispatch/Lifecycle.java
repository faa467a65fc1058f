package dev.modulate.router.dispatch;

import dev.modulate.resonate.protocol.Answer;
import dev.modulate.resonate.protocol.Promise;
import dev.modulate.resonate.protocol.Reply;
import dev.modulate.resonate.protocol.Request;
import dev.modulate.resonate.protocol.Task;
import dev.modulate.resonate.protocol.TaskState;
import dev.modulate.router.wire.AttemptFailure;
import dev.modulate.router.wire.PromiseRecords;
import dev.modulate.router.wire.Reader;
import dev.modulate.router.wire.Specs;
import dev.modulate.router.wire.TaskVersion;
import java.time.Duration;
import java.time.InstantSource;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What happens to a run while this router holds its lease or takes it over: acquiring, recording failed attempts,
 * pauses, ends. Every write carries the version; every answer is judged by the state it finds.
 */
final class Lifecycle {
    private static final Logger LOG = LoggerFactory.getLogger(Lifecycle.class);
    private static final Duration CANCEL_GRACE = Duration.ofSeconds(2);
    static final Duration REJECTED_PAUSE = Duration.ofMillis(500);

    private final DispatchRules rules;
    private final Runs runs;
    private final Leases leases;
    private final Placer placer;
    private final Timers timers;
    private final RouterMeters meters;
    private final InstantSource clock;
    private final RandomGenerator random;
    private final Endings endings;
    private final Pinning pinning;
    private final Specs specs;
    private final History history;

    Lifecycle(
            DispatchRules rules,
            Runs runs,
            Leases leases,
            Placer placer,
            Timers timers,
            RouterMeters meters,
            InstantSource clock,
            RandomGenerator random,
            Endings endings,
            Pinning pinning,
            Specs specs) {
        this.rules = rules;
        this.runs = runs;
        this.leases = leases;
        this.placer = placer;
        this.timers = timers;
        this.meters = meters;
        this.clock = clock;
        this.random = random;
        this.endings = endings;
        this.pinning = pinning;
        this.specs = specs;
        this.history = new History(leases, rules.childSeparator(), clock);
    }

    Run begin(String id, RunState state) {
        var run = new Run(id, state, timers, this::wake);
        runs.add(run);
        return run;
    }

    /** Takes a task whose lease nobody holds. */
    void adopt(String id, long storedVersion) {
        var run = begin(id, RunState.ACQUIRING);
        run.version = storedVersion;
        run.historyKnown = storedVersion == 0;
        acquire(run, storedVersion);
    }

    /** This router holds the lease now. Places the run, or first deals with the attempt before. */
    void owned(Run run, long version, @Nullable Promise promise) {
        endings.tellNodeTakenOver(run);
        run.version = version;
        run.heartbeatAt = timers.now() + leases.ttl().toNanos() / 3;
        if (promise != null) {
            read(run, promise);
        }
        if (run.call != null) {
            attempt(run);
        } else if (promise != null && run.reader == Reader.SDK) {
            pinning.pin(run, promise, new Pinning.Ends(this::attempt, this::settle, this::notOwner));
        } else {
            settle(run, AttemptFailure.unretryable(AttemptFailure.INVALID_RECORD, "the promise stores no call"));
        }
    }

    private void attempt(Run run) {
        if (run.ended == null && !run.historyKnown) {
            var failure = AttemptFailure.nodeLost("the lease of the attempt ended");
            run.ended = new Run.Ended(new TaskVersion(run.id, run.version - 1), null, failure, false);
        }
        if (run.ended == null) {
            ready(run);
        } else {
            runs.move(run, RunState.RECORDING);
            endings.arm(run);
            record(run, run.ended);
        }
    }

    /** The node that had the run is gone, or does not answer: nobody else may work under its version. */
    void lost(Run run, String why) {
        var node = run.node;
        if (node != null && node.stream != null) {
            node.stream.cancel(run.task(), Duration.ZERO);
        }
        endings.takeOff(run, false);
        run.losses++;
        meters.lost();
        LOG.atInfo()
                .addKeyValue("task_id", run.id)
                .addKeyValue("version", run.version)
                .addKeyValue("node", node == null ? "" : node.id())
                .addKeyValue("why", why)
                .log("attempt lost");
        run.ended = new Run.Ended(run.task(), node, AttemptFailure.nodeLost(why), false);
        release(run);
    }

    /** The attempt failed and the node keeps the lease until we have it. */
    void failed(Run run, Node node, AttemptFailure failure) {
        endings.takeOff(run, failure.reason().equals(AttemptFailure.FUNCTION_ERROR));
        run.functionFailures++;
        run.functionFailure = failure;
        var ended = new Run.Ended(run.task(), node, failure, false);
        run.ended = ended;
        endings.stopAlarms(run);
        runs.move(run, RunState.FENCING);
        leases.askFor(run, history.record(run, ended), reply -> {
            if (owns(reply)) {
                run.ended = ended.written();
                release(run);
            } else {
                notOwner(run);
            }
        });
    }

    /** The node will not run it, and never began: another one may, under the same version. */
    void rejected(Run run, Node node) {
        if (run.call == null) {
            lost(run, "turned down, and this router never read the call");
            return;
        }
        endings.handBack(run, node);
        runs.move(run, RunState.QUEUED);
        run.heartbeatAt = timers.now();
        run.resumeAt = timers.now() + REJECTED_PAUSE.toNanos();
        endings.arm(run);
        placer.turnedDown(run, node);
    }

    private void read(Run run, Promise promise) {
        if (run.call == null) {
            run.call = PromiseRecords.record(promise).map(specs::call).orElse(null);
        }
        run.reader = PromiseRecords.reader(promise);
        run.request = PromiseRecords.request(promise);
        if (run.adopted) {
            run.calledAt = Math.min(
                    run.calledAt,
                    timers.now() - PromiseRecords.age(promise, clock.millis()).toNanos());
        }
        run.deadlineAt = timers.now()
                + Duration.ofMillis(promise.timeoutAtMillis() - clock.millis()).toNanos();
    }

    private void ready(Run run) {
        runs.move(run, RunState.QUEUED);
        endings.arm(run);
        if (leaseIsShort(run)) {
            verify(run);
        } else {
            placer.placeOrWait(run);
        }
    }

    /** Too short to hand over: nodes drop what has less than a third left. */
    private boolean leaseIsShort(Run run) {
        return timers.now() > run.leaseUntil - leases.ttl().toNanos() / 2;
    }

    /** What a fence says beyond ownership does not stop the call: the record is for people. */
    private static boolean owns(Reply<?> reply) {
        return !(reply instanceof Reply.Refused<?>(int status, String message)) || (status != 409 && status != 404);
    }

    private void record(Run run, Run.Ended ended) {
        if (!ended.recorded()) {
            leases.askFor(run, history.record(run, ended), reply -> {
                if (owns(reply)) {
                    run.ended = ended.written();
                    record(run, ended.written());
                } else {
                    notOwner(run);
                }
            });
        } else if (run.historyKnown) {
            judge(run, ended);
        } else {
            history.read(run, () -> judge(run, ended));
        }
    }

    /** Whether there is another attempt. */
    private void judge(Run run, Run.Ended ended) {
        var rule = run.knownCall().retry();
        var failure = run.functionFailure;
        if (failure != null && !rule.retries(failure, run.functionFailures)) {
            settle(run, failure);
        } else if (run.losses >= rules.lossesMax()) {
            settle(run, AttemptFailure.nodeLost(run.losses + " nodes were lost under this call"));
        } else {
            run.ended = null;
            if (ended.failure().lost()) {
                ready(run);
            } else {
                meters.retried();
                runs.move(run, RunState.BACKING_OFF);
                run.resumeAt =
                        timers.now() + rule.pause(run.functionFailures, random).toNanos();
                endings.arm(run);
            }
        }
    }

    private void settle(Run run, AttemptFailure failure) {
        runs.move(run, RunState.SETTLING);
        endings.arm(run);
        String node = run.ended == null ? "" : run.ended.nodeName();
        leases.askFor(run, PromiseRecords.deadLetter(run.task(), node, failure, run.reader), reply -> {
            if (!owns(reply)) {
                notOwner(run);
                return;
            }
            meters.deadLetter();
            LOG.atWarn()
                    .addKeyValue("task_id", run.id)
                    .addKeyValue("reason", failure.reason())
                    .addKeyValue("message", failure.message())
                    .log("dead letter");
            endings.settled(run);
        });
    }

    private void release(Run run) {
        endings.stopAlarms(run);
        runs.move(run, RunState.RELEASING);
        leases.askFor(run, new Request.TaskRelease(run.id, run.version), reply -> {
            runs.move(run, RunState.ACQUIRING);
            acquire(run, run.version);
        });
    }

    private void acquire(Run run, long storedVersion) {
        leases.acquire(run, storedVersion, reply -> {
            if (reply instanceof Reply.Ok<Answer.Grant>(int status, Answer.Grant grant)) {
                if (grant.task().state() == TaskState.ACQUIRED) {
                    owned(run, grant.task().version(), grant.promise());
                } else {
                    endings.settled(run);
                }
            } else {
                leases.askFor(run, new Request.TaskGet(run.id), task -> acquireRefused(run, task));
            }
        });
    }

    /** Somebody else may have had it in between. */
    private void acquireAgain(Run run, long storedVersion) {
        if (storedVersion > run.version) {
            run.historyKnown = false;
            endings.tellNodeTakenOver(run);
            run.version = storedVersion;
        }
        acquire(run, storedVersion);
    }

    /** Settled meanwhile; or ours, and the reply was lost; or taken and lost by somebody; or somebody's. */
    private void acquireRefused(Run run, Reply<Answer.OfTask> reply) {
        var task = task(reply);
        if (task == null) {
            endings.drop(run);
            return;
        }
        switch (task.state()) {
            case FULFILLED -> endings.settled(run);
            case PENDING -> acquireAgain(run, task.version());
            case ACQUIRED -> {
                if (leases.pid().equals(task.pid())) {
                    run.leaseUntil = timers.now() + leases.ttl().toNanos() / 2;
                    leases.askFor(run, new Request.PromiseGet(run.id), promise -> {
                        if (promise instanceof Reply.Ok<Answer.OfPromise>(int status, Answer.OfPromise found)) {
                            owned(run, task.version(), found.promise());
                        } else {
                            endings.drop(run);
                        }
                    });
                } else {
                    endings.drop(run);
                }
            }
            case SUSPENDED, HALTED -> endings.drop(run);
        }
    }

    /** A write was refused: the call is settled or somebody else's. */
    private void notOwner(Run run) {
        leases.askFor(run, new Request.TaskGet(run.id), reply -> {
            var task = task(reply);
            if (task != null && task.state() == TaskState.FULFILLED) {
                endings.settled(run);
            } else {
                endings.drop(run);
            }
        });
    }

    /** The server says that nobody holds the lease of that version: what waits here is asked for, what a node has when it is over there. */
    void unowned(Run run, long version) {
        if (version != run.version) {
            return;
        }
        if (run.state == RunState.QUEUED || run.state == RunState.BACKING_OFF) {
            verify(run);
        } else if (run.state.onNode()) {
            run.unownedVersion = version;
        }
    }

    private static @Nullable Task task(Reply<Answer.OfTask> reply) {
        return reply instanceof Reply.Ok<Answer.OfTask>(int status, Answer.OfTask found) ? found.task() : null;
    }

    private void wake(Run run) {
        long now = timers.now();
        if (now >= run.deadlineAt) {
            expired(run);
            return;
        }
        boolean waits = run.state == RunState.QUEUED || run.state == RunState.BACKING_OFF;
        if (waits && leaseIsShort(run)) {
            verify(run);
            return;
        }
        if (now >= run.heartbeatAt) {
            if (run.state.leased()) {
                leases.heartbeat(run);
            } else {
                run.heartbeatAt = Timers.NEVER;
            }
        }
        if (now >= run.resumeAt) {
            run.resumeAt = Timers.NEVER;
            resume(run);
        }
        if (run.state != RunState.DONE) {
            endings.arm(run);
        }
    }

    private void resume(Run run) {
        switch (run.state) {
            case BACKING_OFF -> ready(run);
            case QUEUED -> placer.forgive(run);
            case ASSIGNED -> lost(run, "the node did not answer");
            case IN_DOUBT -> lost(run, "the stream of the node ended");
            case CREATING,
                    ACQUIRING,
                    PINNING,
                    RECORDING,
                    VERIFYING,
                    ACCEPTED,
                    RUNNING,
                    FENCING,
                    RELEASING,
                    SETTLING,
                    DONE -> {}
        }
    }

    /** The promise has timed out. A node that runs it is told and will report its end. */
    private void expired(Run run) {
        run.deadlineAt = Timers.NEVER;
        var node = run.node;
        if (node == null || node.stream == null) {
            endings.settled(run);
            return;
        }
        node.stream.cancel(run.task(), CANCEL_GRACE);
        endings.tellSettled(run);
        endings.arm(run);
    }

    /** Heartbeats were not answered for half a lease: is it still ours? What is ours after a renewal was renewed. */
    private void verify(Run run) {
        placer.forget(run);
        long resumeAt = run.state == RunState.BACKING_OFF ? run.resumeAt : Timers.NEVER;
        endings.stopAlarms(run);
        runs.move(run, RunState.VERIFYING);
        leases.askFor(run, leases.renewal(run), renewed -> {
            long renewedAt = timers.now();
            leases.askFor(run, new Request.TaskGet(run.id), reply -> verified(run, task(reply), renewedAt, resumeAt));
        });
    }

    private void verified(Run run, @Nullable Task task, long renewedAt, long resumeAt) {
        if (task == null) {
            endings.drop(run);
        } else if (task.state() == TaskState.FULFILLED) {
            endings.settled(run);
        } else if (task.state() == TaskState.PENDING) {
            runs.move(run, RunState.ACQUIRING);
            acquireAgain(run, task.version());
        } else if (!leases.pid().equals(task.pid()) || task.version() != run.version) {
            endings.drop(run);
        } else {
            // The renewal was applied somewhat earlier than its answer came: a third of the lease is put aside for
            // that.
            run.leaseUntil = renewedAt + leases.ttl().toNanos() * 2 / 3;
            run.heartbeatAt = timers.now();
            if (resumeAt == Timers.NEVER) {
                ready(run);
            } else {
                runs.move(run, RunState.BACKING_OFF);
                run.resumeAt = resumeAt;
                endings.arm(run);
            }
        }
    }
}
