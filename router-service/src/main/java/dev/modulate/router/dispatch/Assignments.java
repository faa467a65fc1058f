package dev.modulate.router.dispatch;

import dev.modulate.router.wire.AttemptFailure;
import dev.modulate.router.wire.Held;
import dev.modulate.router.wire.NodeUpdate;
import dev.modulate.router.wire.RouterProto;
import dev.modulate.router.wire.Sink;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** What nodes say of the executions they have. Whatever concerns an older version is called off. */
final class Assignments {
    private final DispatchRules rules;
    private final Runs runs;
    private final Lifecycle lifecycle;
    private final Endings endings;
    private final Placer placer;
    private final Timers timers;
    private final RouterMeters meters;
    private Consumer<Node> confirmed = node -> {};

    Assignments(
            DispatchRules rules,
            Runs runs,
            Lifecycle lifecycle,
            Endings endings,
            Placer placer,
            Timers timers,
            RouterMeters meters) {
        this.rules = rules;
        this.runs = runs;
        this.lifecycle = lifecycle;
        this.endings = endings;
        this.placer = placer;
        this.timers = timers;
        this.meters = meters;
    }

    /** Hears of nodes that run what they were given. Set once, before the first node comes. */
    void onRunning(Consumer<Node> listener) {
        confirmed = listener;
    }

    void update(Node node, NodeUpdate update) {
        var run = runs.find(update.task().id());
        if (run == null || run.version != update.task().version() || run.node != node || !run.state.onNode()) {
            stale(node, update, run);
            return;
        }
        switch (update.stage()) {
            case ACCEPTED -> accepted(run);
            case RUNNING -> {
                running(run);
                confirmed.accept(node);
            }
            case REJECTED -> {
                meters.assignmentRefused(update.rejectReason());
                if (run.state == RunState.RUNNING) {
                    lifecycle.lost(run, "the node stopped it: " + update.rejectReason());
                } else {
                    lifecycle.rejected(run, node);
                }
                placer.drain();
            }
            case FINISHED -> {
                endings.end(run);
                placer.drain();
            }
            case FAILED -> {
                lifecycle.failed(run, node, failure(update));
                placer.drain();
            }
        }
    }

    /** The node restates an execution; the ledger counts it, whoever had placed it. */
    void restated(Node node, Held held) {
        var run = runs.find(held.task().id());
        if (run != null && run.version < held.task().version()) {
            var waiters = List.copyOf(run.waiters);
            // The node that has the older version was the first to come: it works for nothing.
            cancel(run, Duration.ZERO);
            endings.end(run);
            restatedUnknown(node, held);
            var adopted = runs.find(held.task().id());
            if (adopted != null) {
                waiters.forEach(waiter -> join(adopted, waiter, 0));
            }
            return;
        }
        if (run == null) {
            restatedUnknown(node, held);
        } else if (run.version == held.task().version() && run.node == node && run.state.onNode()) {
            hold(node, run, held);
            run.resumeAt = Timers.NEVER;
            if (run.state == RunState.IN_DOUBT) {
                runs.move(run, RunState.ACCEPTED);
                run.heartbeatAt = Timers.NEVER;
            }
            endings.arm(run);
            update(node, held.update());
        } else {
            stale(node, held.update(), run);
        }
    }

    /** The stream of the node ended: it has a moment to come back and say what it still runs. */
    void inDoubt(Node node) {
        for (var run : node.runsNow()) {
            if (run.state != RunState.IN_DOUBT) {
                runs.move(run, RunState.IN_DOUBT);
            }
            run.heartbeatAt = Timers.NEVER;
            run.resumeAt = timers.now() + rules.reattachGrace().toNanos();
            endings.arm(run);
        }
    }

    /**
     * One more API wants the run. It is told where the run is, and the node where to push.
     *
     * @param offset of the first byte wanted of the attempt that runs
     */
    void join(Run run, Waiter waiter, long offset) {
        if (!run.add(waiter)) {
            return;
        }
        if (run.state == RunState.ACCEPTED || run.state == RunState.RUNNING) {
            tellPlaced(run, waiter);
        }
        if (waiter.push()) {
            subscribe(run, waiter.api().sink(), offset);
        }
    }

    private static void subscribe(Run run, Sink sink, long offset) {
        if (run.node != null && run.node.stream != null && run.state.onNode()) {
            run.node.stream.subscribe(run.task(), sink, offset);
        }
    }

    void cancel(Run run, Duration grace) {
        if (run.node != null && run.node.stream != null) {
            run.node.stream.cancel(run.task(), grace);
        }
    }

    private void restatedUnknown(Node node, Held held) {
        if (held.update().stage() == NodeUpdate.Stage.FINISHED || held.update().stage() == NodeUpdate.Stage.REJECTED) {
            return;
        }
        var run = lifecycle.begin(held.task().id(), RunState.ACCEPTED);
        run.version = held.task().version();
        run.historyKnown = run.version <= 1;
        hold(node, run, held);
        update(node, held.update());
    }

    private void hold(Node node, Run run, Held held) {
        run.node = node;
        node.runs.put(run.id, run);
        if (run.holding == null && held.update().stage() != NodeUpdate.Stage.FAILED) {
            run.holding = held.holding();
            node.view.place(held.holding(), 0);
            placer.restated(run, held.holding(), node);
        }
    }

    private void accepted(Run run) {
        if (run.state != RunState.ASSIGNED) {
            return;
        }
        runs.move(run, RunState.ACCEPTED);
        handedOver(run);
    }

    private void running(Run run) {
        if (run.state == RunState.RUNNING) {
            return;
        }
        runs.move(run, RunState.RUNNING);
        placer.started(run);
        handedOver(run);
    }

    private void handedOver(Run run) {
        run.heartbeatAt = Timers.NEVER;
        run.resumeAt = Timers.NEVER;
        endings.arm(run);
        run.waiters.forEach(waiter -> tellPlaced(run, waiter));
    }

    private static void tellPlaced(Run run, Waiter waiter) {
        var node = run.node;
        if (node != null) {
            boolean running = run.state == RunState.RUNNING;
            waiter.api()
                    .send(RouterProto.placed(
                            waiter.correlation(), run.task(), node.id().resourceName(), running));
        }
    }

    /** Of a version that is over, or that another node has. */
    private static void stale(Node node, NodeUpdate update, @Nullable Run run) {
        var stream = node.stream;
        if (stream == null) {
            return;
        }
        boolean takingOver = run != null && run.version == update.task().version();
        switch (update.stage()) {
            case ACCEPTED, RUNNING -> stream.cancel(update.task(), Duration.ZERO);
            case FAILED -> {
                if (!takingOver) {
                    stream.release(update.task());
                }
            }
            case REJECTED, FINISHED -> {}
        }
    }

    private static AttemptFailure failure(NodeUpdate update) {
        var failure = update.failure();
        if (failure == null) {
            throw new IllegalStateException("failed without a failure: " + update);
        }
        return failure;
    }
}
