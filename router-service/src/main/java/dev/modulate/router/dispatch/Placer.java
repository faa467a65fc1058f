package dev.modulate.router.dispatch;

import dev.modulate.router.placement.FunctionKey;
import dev.modulate.router.placement.Holding;
import dev.modulate.router.placement.Needs;
import dev.modulate.router.placement.NodeId;
import dev.modulate.router.placement.NodeState;
import dev.modulate.router.placement.NodeView;
import dev.modulate.router.scheduling.Admission;
import dev.modulate.router.scheduling.Call;
import dev.modulate.router.scheduling.HeldNode;
import dev.modulate.router.scheduling.Order;
import dev.modulate.router.scheduling.PinStanding;
import dev.modulate.router.scheduling.Scheduler;
import dev.modulate.router.wire.Handover;
import dev.modulate.router.wire.Sink;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/** Tells the scheduler what happens and carries out what it orders. */
final class Placer {
    private final Scheduler scheduler;
    private final Map<NodeId, Node> nodes;
    private final Runs runs;
    private final Leases leases;
    private final Loads loads;
    private final Timers timers;
    private final RouterMeters meters;
    private final Executor owner;

    /** Set while orders are carried out: what that causes is looked at in the same round. */
    private boolean draining;

    /** Whether the scheduler is to be asked for the rest. */
    private boolean goingOn;

    Placer(
            Scheduler scheduler,
            Map<NodeId, Node> nodes,
            Runs runs,
            Leases leases,
            Loads loads,
            Timers timers,
            RouterMeters meters,
            Executor owner) {
        this.owner = owner;
        this.scheduler = scheduler;
        this.loads = loads;
        this.nodes = nodes;
        this.runs = runs;
        this.leases = leases;
        this.timers = timers;
        this.meters = meters;
    }

    void start() {
        timers.after(Duration.ofMillis(Scheduler.LOOK_PERIOD_MILLIS), this::lookAgain);
    }

    private void lookAgain() {
        scheduler.look(timers.now());
        loads.look();
        drain();
        timers.after(Duration.ofMillis(Scheduler.LOOK_PERIOD_MILLIS), this::lookAgain);
    }

    /** Whether one more call may wait. */
    Admission admit(Needs needs, String tenant) {
        return scheduler.admit(needs, tenant, timers.now());
    }

    Duration retryAfter() {
        return scheduler.retryAfter();
    }

    /** Places a call that has just come to QUEUED, or lets it wait behind those like it. */
    void placeOrWait(Run run) {
        long now = timers.now();
        run.queuedAt = now;
        var call = run.knownCall();
        scheduler.arrived(
                new Call(
                        run.id, call.needs(), call.record().getTenant(), call.priority(), run.calledAt, run.deadlineAt),
                now);
        drain();
    }

    /** A call that its node turned down waits before all others like it. */
    void turnedDown(Run run, Node by) {
        run.queuedAt = timers.now();
        scheduler.turnedDown(run.id, by.id(), run.queuedAt);
    }

    /** Nodes that turned it down may be asked again. */
    void forgive(Run run) {
        scheduler.avoidsNone(run.id, timers.now());
        drain();
    }

    /** The call waits no more. */
    void forget(Run run) {
        scheduler.cancelled(run.id, timers.now());
        meters.queueDepth(scheduler.waiting());
    }

    /** Its function runs. */
    void started(Run run) {
        run.startedAt = timers.now();
        scheduler.started(run.id, timers.now());
        if (run.warmth != null) {
            meters.started(run.warmth, timers.now() - run.arrivedAt);
        }
    }

    /** It is over, or off its node at least; what it held is free. */
    void ended(Run run) {
        scheduler.ended(run.id, timers.now());
    }

    /** A node says that it has it. */
    void restated(Run run, Holding holding, Node node) {
        scheduler.restated(run.id, holding, node.id(), timers.now());
    }

    /** The node is new, said something or takes more or less than before. */
    void changed(Node node) {
        scheduler.nodeChanged(node.view, timers.now());
    }

    /** The node is forgotten. */
    void left(Node node) {
        scheduler.nodeLeft(node.id(), timers.now());
    }

    /** Place in the queue of its function, from 1; zero when it does not wait. */
    int position(Run run) {
        return scheduler.position(run.id);
    }

    /** Seconds it would take there, with what that costs others. For people. */
    double cost(NodeView node, Needs needs) {
        return scheduler.cost(node, needs, timers.now());
    }

    /** How far the pin of a function is fulfilled; null when it has none. */
    @Nullable
    PinStanding standing(FunctionKey function) {
        return scheduler.standing(function);
    }

    /** The node that is held for one call; null when none is. */
    @Nullable
    HeldNode held() {
        return scheduler.held();
    }

    /** Does all of it before anything is placed, and places what fits then. */
    void together(Runnable changes) {
        boolean outer = draining;
        draining = true;
        try {
            changes.run();
        } finally {
            draining = outer;
        }
        drain();
    }

    /** Places what fits. Call when room may have appeared. */
    void drain() {
        if (draining) {
            return;
        }
        draining = true;
        try {
            carryOut();
        } finally {
            draining = false;
        }
        meters.queueDepth(scheduler.waiting());
    }

    private void carryOut() {
        while (true) {
            long before = timers.now();
            var order = scheduler.next(before);
            if (order != null || scheduler.waiting() > 0) {
                meters.decided(order, timers.now() - before);
            }
            switch (order) {
                case null -> {
                    return;
                }
                case Order.Dispatch dispatch -> dispatch(dispatch);
                case Order.Load load -> loads.order(load);
                case Order.AskAgain again -> {
                    goOnLater();
                    return;
                }
                case Order.Expire expire -> {
                    // The alarm of the call rings at the same moment, and ends it.
                }
            }
        }
    }

    /** What has come meanwhile goes first. */
    private void goOnLater() {
        if (!goingOn) {
            goingOn = true;
            owner.execute(() -> {
                goingOn = false;
                drain();
            });
        }
    }

    private void dispatch(Order.Dispatch order) {
        var run = runs.find(order.call().id());
        var node = nodes.get(order.node().id());
        if (run == null || run.state != RunState.QUEUED) {
            throw new IllegalStateException("ordered to place " + order.call().id() + ", which does not wait");
        }
        if (node != null && handOver(run, node, order)) {
            return;
        }
        // Its stream takes nothing more: it has ended and we have not heard yet, or it does not keep up.
        order.node().setState(NodeState.STALE);
        long now = timers.now();
        scheduler.turnedDown(run.id, order.node().id(), now);
        scheduler.nodeChanged(order.node(), now);
        run.resumeAt = now + Lifecycle.REJECTED_PAUSE.toNanos();
        timers.arm(run.alarm, run.nextAlarm());
    }

    private boolean handOver(Run run, Node node, Order.Dispatch order) {
        var stream = node.stream;
        long sequence = stream == null ? 0 : stream.assign(handover(run, order));
        if (sequence == 0) {
            return false;
        }
        var holding = Holding.of(run.knownCall().needs(), order.devices());
        node.view.place(holding, sequence);
        long before = timers.now();
        scheduler.placed(order, before);
        meters.noted(timers.now() - before);
        node.runs.put(run.id, run);
        run.node = node;
        run.holding = holding;
        run.warmth = order.warmth();
        run.placedAt = timers.now();
        run.startedAt = Timers.NEVER;
        meters.placed(order.warmth(), timers.now() - run.queuedAt);
        runs.move(run, RunState.ASSIGNED);
        run.resumeAt = timers.now() + leases.ttl().toNanos();
        timers.arm(run.alarm, run.nextAlarm());
        return true;
    }

    private Handover handover(Run run, Order.Dispatch order) {
        var call = run.knownCall();
        long now = timers.now();
        return new Handover(
                run.task(),
                call,
                leases.pid(),
                leases.ttl(),
                Duration.ofNanos(Math.max(0, run.leaseUntil - now)),
                Duration.ofNanos(Math.max(0, run.deadlineAt - now)),
                order.devices(),
                sinks(run),
                call.retry().isLast(run.functionFailures),
                run.reader);
    }

    private static List<Sink> sinks(Run run) {
        var sinks = new ArrayList<Sink>(run.waiters.size());
        for (var waiter : run.waiters) {
            if (waiter.push()
                    && waiter.api().open()
                    && !sinks.contains(waiter.api().sink())) {
                sinks.add(waiter.api().sink());
            }
        }
        return sinks;
    }
}
