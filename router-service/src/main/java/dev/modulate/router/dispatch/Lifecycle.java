package dev.modulate.router.dispatch;

import dev.modulate.resonate.protocol.Answer;
import dev.modulate.resonate.protocol.Promise;
import dev.modulate.resonate.protocol.Reply;
import dev.modulate.resonate.protocol.Request;
import dev.modulate.resonate.protocol.Task;
import dev.modulate.resonate.protocol.TaskState;
import dev.modulate.router.wire.AttemptFailure;
import dev.modulate.router.wire.PromiseRecords;
import dev.modulate.router.wire.RouterProto;
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
    private static final Duration REJECTED_PAUSE = Duration.ofMillis(500);

    private final DispatchRules rules;
    private final Runs runs;
    private final Leases leases;
    private final Placer placer;
    private final Timers timers;
    private final RouterMeters meters;
    private final InstantSource clock;
    private final RandomGenerator random;

    Lifecycle(
            DispatchRules rules,
            Runs runs,
            Leases leases,
            Placer placer,
            Timers timers,
            RouterMeters meters,
            InstantSource clock,
            RandomGenerator random) {
        this.rules = rules;
        this.runs = runs;
        this.leases = leases;
        this.placer = placer;
        this.timers = timers;
        this.meters = meters;
        this.clock = clock;
        this.random = random;
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
        run.version = version;
        run.heartbeatAt = timers.now() + leases.ttl().toNanos() / 3;
        if (promise != null) {
            read(run, promise);
        }
        if (run.call == null) {
            var failure = new AttemptFailure(
                    AttemptFailure.INVALID_RECORD, "the promise stores no call of this platform", false, "", "");
            settle(run, failure);
            return;
        }
        if (run.ended == null && !run.historyKnown) {
            var failure = AttemptFailure.nodeLost("the lease of the attempt ended");
            run.ended = new Run.Ended(new TaskVersion(run.id, version - 1), null, failure, false);
        }
        if (run.ended == null) {
            ready(run);
        } else {
            runs.move(run, RunState.RECORDING);
            arm(run);
            record(run, run.ended);
        }
    }

    /** The node that had the run is gone, or does not answer: nobody else may work under its version. */
    void lost(Run run, String why) {
        var node = run.node;
        if (node != null && node.stream != null) {
            node.stream.cancel(run.task(), Duration.ZERO);
        }
        takeOff(run, false);
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
        takeOff(run, !failure.reason().equals("FUNCTION_CRASHED"));
        run.functionFailures++;
        run.functionFailure = failure;
        var ended = new Run.Ended(run.task(), node, failure, false);
        run.ended = ended;
        stopAlarms(run);
        runs.move(run, RunState.FENCING);
        leases.askFor(run, fence(run, ended), reply -> {
            if (owns(reply)) {
                run.ended = ended.written();
                release(run);
            } else {
                tellNodeTakenOver(ended);
                notOwner(run);
            }
        });
    }

    /** The node will not run it, and never began: another one may, under the same version. */
    void rejected(Run run, Node node) {
        takeOff(run, false);
        if (run.call == null) {
            lost(run, "turned down, and this router never read the call");
            return;
        }
        run.avoided.add(node.id());
        runs.move(run, RunState.QUEUED);
        run.heartbeatAt = timers.now();
        run.resumeAt = timers.now() + REJECTED_PAUSE.toNanos();
        run.queuedAt = timers.now();
        arm(run);
        placer.waitFirst(run);
    }

    /** Settled by somebody else; those who wait read the promise. */
    void settled(Run run) {
        tellSettled(run);
        end(run);
    }

    void tellSettled(Run run) {
        for (var waiter : run.waiters) {
            waiter.api().send(RouterProto.settled(waiter.correlation(), run.id));
        }
        run.waiters.clear();
    }

    /** Not this router's any more. */
    void end(Run run) {
        takeOff(run, true);
        placer.forget(run);
        timers.arm(run.alarm, Timers.NEVER);
        runs.move(run, RunState.DONE);
    }

    /** Frees what the run holds on its node. */
    void takeOff(Run run, boolean instanceLives) {
        var node = run.node;
        if (node == null) {
            return;
        }
        node.runs.remove(run.id);
        if (run.holding != null) {
            node.view.free(run.holding, instanceLives);
        }
        run.node = null;
        run.holding = null;
    }

    void arm(Run run) {
        timers.arm(run.alarm, run.nextAlarm());
    }

    private void stopAlarms(Run run) {
        run.heartbeatAt = Timers.NEVER;
        run.resumeAt = Timers.NEVER;
        arm(run);
    }

    private void read(Run run, Promise promise) {
        if (run.call == null) {
            run.call = PromiseRecords.call(promise).orElse(null);
        }
        run.request = PromiseRecords.request(promise);
        run.deadlineAt = timers.now()
                + Duration.ofMillis(promise.timeoutAtMillis() - clock.millis()).toNanos();
    }

    private void ready(Run run) {
        runs.move(run, RunState.QUEUED);
        arm(run);
        placer.placeOrWait(run);
    }

    private Request.TaskFence fence(Run run, Run.Ended ended) {
        var child = PromiseRecords.failedAttempt(
                ended.task(), rules.childSeparator(), ended.nodeName(), ended.failure(), clock.instant());
        return new Request.TaskFence(run.id, run.version, child);
    }

    /** What a fence says beyond ownership does not stop the call: the record is for people. */
    private static boolean owns(Reply<?> reply) {
        return !(reply instanceof Reply.Refused<?>(int status, String message)) || (status != 409 && status != 404);
    }

    private void record(Run run, Run.Ended ended) {
        if (ended.recorded()) {
            readHistory(run, ended);
            return;
        }
        leases.askFor(run, fence(run, ended), reply -> {
            if (owns(reply)) {
                run.ended = ended.written();
                readHistory(run, ended);
            } else {
                notOwner(run);
            }
        });
    }

    /** How earlier attempts ended; a search would read the whole store, so each is asked for by its id. */
    private void readHistory(Run run, Run.Ended ended) {
        if (run.historyKnown) {
            judge(run, ended);
        } else {
            run.losses = 0;
            run.functionFailures = 0;
            readAttempt(run, ended, 1);
        }
    }

    private void readAttempt(Run run, Run.Ended ended, long attempt) {
        if (attempt >= run.version) {
            run.historyKnown = true;
            judge(run, ended);
            return;
        }
        String childId = PromiseRecords.childId(new TaskVersion(run.id, attempt), rules.childSeparator());
        leases.askFor(run, new Request.PromiseGet(childId), reply -> {
            if (reply instanceof Reply.Ok<Answer.OfPromise>(int status, Answer.OfPromise child)) {
                PromiseRecords.failedAttempt(child.promise()).ifPresent(failure -> count(run, failure));
            }
            readAttempt(run, ended, attempt + 1);
        });
    }

    private static void count(Run run, AttemptFailure failure) {
        if (failure.lost()) {
            run.losses++;
        } else {
            run.functionFailures++;
            run.functionFailure = failure;
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
                arm(run);
            }
        }
    }

    private void settle(Run run, AttemptFailure failure) {
        runs.move(run, RunState.SETTLING);
        arm(run);
        String node = run.ended == null ? "" : run.ended.nodeName();
        leases.askFor(run, PromiseRecords.deadLetter(run.task(), node, failure), reply -> {
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
            settled(run);
        });
    }

    private void release(Run run) {
        stopAlarms(run);
        runs.move(run, RunState.RELEASING);
        leases.askFor(run, new Request.TaskRelease(run.id, run.version), reply -> {
            runs.move(run, RunState.ACQUIRING);
            acquire(run, run.version);
        });
    }

    private void acquire(Run run, long storedVersion) {
        leases.acquire(run, storedVersion, reply -> {
            if (reply instanceof Reply.Ok<Answer.Grant>(int status, Answer.Grant grant)) {
                tellNodeTakenOver(run.ended);
                if (grant.task().state() == TaskState.ACQUIRED) {
                    owned(run, grant.task().version(), grant.promise());
                } else {
                    settled(run);
                }
            } else {
                leases.askFor(run, new Request.TaskGet(run.id), task -> acquireRefused(run, task));
            }
        });
    }

    /** Settled meanwhile; or ours, and the reply was lost; or taken and lost by somebody; or somebody's. */
    private void acquireRefused(Run run, Reply<Answer.OfTask> reply) {
        tellNodeTakenOver(run.ended);
        var task = task(reply);
        if (task == null) {
            drop(run);
            return;
        }
        switch (task.state()) {
            case FULFILLED -> settled(run);
            case PENDING -> acquire(run, task.version());
            case ACQUIRED -> {
                if (leases.pid().equals(task.pid())) {
                    run.leaseUntil = timers.now() + leases.ttl().toNanos() / 2;
                    leases.askFor(run, new Request.PromiseGet(run.id), promise -> {
                        if (promise instanceof Reply.Ok<Answer.OfPromise>(int status, Answer.OfPromise found)) {
                            owned(run, task.version(), found.promise());
                        } else {
                            drop(run);
                        }
                    });
                } else {
                    drop(run);
                }
            }
            case SUSPENDED, HALTED -> drop(run);
        }
    }

    /** A write was refused: the call is settled or somebody else's. */
    private void notOwner(Run run) {
        leases.askFor(run, new Request.TaskGet(run.id), reply -> {
            var task = task(reply);
            if (task != null && task.state() == TaskState.FULFILLED) {
                settled(run);
            } else {
                drop(run);
            }
        });
    }

    private void drop(Run run) {
        LOG.atDebug().addKeyValue("task_id", run.id).log("somebody else owns the call");
        end(run);
    }

    private static @Nullable Task task(Reply<Answer.OfTask> reply) {
        return reply instanceof Reply.Ok<Answer.OfTask>(int status, Answer.OfTask found) ? found.task() : null;
    }

    private static void tellNodeTakenOver(Run.@Nullable Ended ended) {
        if (ended != null && !ended.failure().lost() && ended.node() != null && ended.node().stream != null) {
            ended.node().stream.release(ended.task());
        }
    }

    private void wake(Run run) {
        long now = timers.now();
        if (now >= run.deadlineAt) {
            expired(run);
            return;
        }
        boolean waits = run.state == RunState.QUEUED || run.state == RunState.BACKING_OFF;
        if (waits && now > run.leaseUntil - leases.ttl().toNanos() / 2) {
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
            arm(run);
        }
    }

    private void resume(Run run) {
        switch (run.state) {
            case BACKING_OFF -> ready(run);
            case QUEUED -> {
                run.avoided.clear();
                placer.drain();
            }
            case ASSIGNED -> lost(run, "the node did not answer");
            case IN_DOUBT -> lost(run, "the stream of the node ended");
            case CREATING, ACQUIRING, RECORDING, VERIFYING, ACCEPTED, RUNNING, FENCING, RELEASING, SETTLING, DONE -> {}
        }
    }

    /** The promise has timed out. A node that runs it is told and will report its end. */
    private void expired(Run run) {
        run.deadlineAt = Timers.NEVER;
        var node = run.node;
        if (node == null || node.stream == null) {
            settled(run);
            return;
        }
        node.stream.cancel(run.task(), CANCEL_GRACE);
        tellSettled(run);
        arm(run);
    }

    /** Heartbeats were not answered for half a lease: is it still ours? */
    private void verify(Run run) {
        var before = run.state;
        placer.forget(run);
        long resumeAt = run.resumeAt;
        stopAlarms(run);
        runs.move(run, RunState.VERIFYING);
        long sentAt = timers.now();
        leases.askFor(run, new Request.TaskGet(run.id), reply -> {
            var task = task(reply);
            if (task == null) {
                drop(run);
            } else if (task.state() == TaskState.FULFILLED) {
                settled(run);
            } else if (task.state() == TaskState.PENDING) {
                runs.move(run, RunState.ACQUIRING);
                acquire(run, task.version());
            } else if (leases.pid().equals(task.pid()) && task.version() == run.version) {
                run.leaseUntil = sentAt + leases.ttl().toNanos();
                leases.heartbeat(run);
                if (before == RunState.BACKING_OFF) {
                    runs.move(run, RunState.BACKING_OFF);
                    run.resumeAt = resumeAt;
                    arm(run);
                } else {
                    ready(run);
                }
            } else {
                drop(run);
            }
        });
    }
}
