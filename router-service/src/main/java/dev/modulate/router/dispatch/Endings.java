package dev.modulate.router.dispatch;

import dev.modulate.router.wire.RouterProto;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** How a run leaves its node, and how it leaves this router. */
final class Endings {
    private static final Logger LOG = LoggerFactory.getLogger(Endings.class);

    private final Runs runs;
    private final Placer placer;
    private final Timers timers;
    private Consumer<String> unowned = id -> {};

    Endings(Runs runs, Placer placer, Timers timers) {
        this.runs = runs;
        this.placer = placer;
        this.timers = timers;
    }

    /** Hears of runs that have ended here though nobody held their lease. Set once, before the first run. */
    void onUnowned(Consumer<String> listener) {
        unowned = listener;
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

    /** Somebody else owns the call; whoever waits hears of its end from there, or from the promise. */
    void drop(Run run) {
        LOG.atDebug().addKeyValue("task_id", run.id).log("somebody else owns the call");
        end(run);
    }

    /** Not this router's any more. */
    void end(Run run) {
        tellNodeTakenOver(run);
        takeOff(run, true);
        placer.forget(run);
        timers.arm(run.alarm, Timers.NEVER);
        runs.move(run, RunState.DONE);
        if (run.unownedVersion != 0 && run.unownedVersion == run.version) {
            unowned.accept(run.id);
        }
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
        placer.ended(run);
    }

    /** The node will not run it: the call waits again, before those like it. */
    void handBack(Run run, Node node) {
        node.runs.remove(run.id);
        if (run.holding != null) {
            node.view.free(run.holding, false);
        }
        run.node = null;
        run.holding = null;
    }

    /** A node that reported a failure keeps the lease alive until it hears this; once, before the version changes. */
    void tellNodeTakenOver(Run run) {
        var ended = run.ended;
        if (ended != null
                && !ended.failure().lost()
                && ended.task().version() == run.version
                && ended.node() != null
                && ended.node().stream != null) {
            ended.node().stream.release(ended.task());
        }
    }

    void arm(Run run) {
        timers.arm(run.alarm, run.nextAlarm());
    }

    /** Nothing but its deadline wakes the run. */
    void stopAlarms(Run run) {
        run.heartbeatAt = Timers.NEVER;
        run.resumeAt = Timers.NEVER;
        arm(run);
    }
}
