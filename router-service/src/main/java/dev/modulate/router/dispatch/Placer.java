package dev.modulate.router.dispatch;

import dev.modulate.router.placement.Decision;
import dev.modulate.router.placement.FleetView;
import dev.modulate.router.placement.Holding;
import dev.modulate.router.placement.Needs;
import dev.modulate.router.placement.NodeId;
import dev.modulate.router.placement.NodeState;
import dev.modulate.router.placement.Policy;
import dev.modulate.router.wire.Handover;
import dev.modulate.router.wire.Sink;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Finds nodes for calls that wait and hands them over. */
final class Placer {
    /** Lines looked at in one pass that found no room. */
    private static final int MISSES_MAX = 64;

    private final FleetView fleet;
    private final Map<NodeId, Node> nodes;
    private final Policy policy;
    private final Runs runs;
    private final Leases leases;
    private final Timers timers;
    private final RouterMeters meters;
    private final Queue queue = new Queue();

    Placer(
            FleetView fleet,
            Map<NodeId, Node> nodes,
            Policy policy,
            Runs runs,
            Leases leases,
            Timers timers,
            RouterMeters meters) {
        this.fleet = fleet;
        this.nodes = nodes;
        this.policy = policy;
        this.runs = runs;
        this.leases = leases;
        this.timers = timers;
        this.meters = meters;
    }

    Queue queue() {
        return queue;
    }

    /** What the policy says of needs that are new; does nothing. */
    Decision consider(Needs needs) {
        return policy.decide(fleet, needs, Set.of());
    }

    /** Places a call that has just come to QUEUED, or lets it wait behind those like it. */
    void placeOrWait(Run run) {
        run.queuedAt = timers.now();
        queue.stamp(run);
        var needs = run.knownCall().needs();
        if (queue.hasLine(needs) || !placeNow(run, needs)) {
            queue.addLast(run);
            meters.queueDepth(queue.size());
        }
    }

    /** A call that its node turned down waits before all others like it. */
    void waitFirst(Run run) {
        queue.addFirst(run);
        meters.queueDepth(queue.size());
    }

    /** The call waits no more. */
    void forget(Run run) {
        if (run.call != null) {
            queue.remove(run);
            meters.queueDepth(queue.size());
        }
    }

    /** Places what fits, oldest first. Call when room may have appeared. */
    void drain() {
        var missed = new HashSet<Needs.Shape>();
        int misses = 0;
        var line = queue.oldest();
        while (line != null && misses < MISSES_MAX) {
            var head = line.head();
            boolean hopeless = missed.contains(line.shape());
            if (!hopeless && placeNow(head, head.knownCall().needs())) {
                queue.remove(head);
            } else if (!hopeless) {
                misses++;
                if (head.avoided.isEmpty()) {
                    missed.add(line.shape());
                }
            }
            line = queue.after(head.queueSequence);
        }
        meters.queueDepth(queue.size());
    }

    private boolean placeNow(Run run, Needs needs) {
        while (policy.decide(fleet, needs, run.avoided) instanceof Decision.Place place) {
            var node = nodes.get(place.node().id());
            if (node != null && handOver(run, node, place)) {
                return true;
            }
            // Its stream takes nothing more: it has ended and we have not heard yet, or it does not keep up.
            place.node().setState(NodeState.STALE);
        }
        return false;
    }

    private boolean handOver(Run run, Node node, Decision.Place place) {
        var stream = node.stream;
        long sequence = stream == null ? 0 : stream.assign(handover(run, place));
        if (sequence == 0) {
            return false;
        }
        var holding = Holding.of(run.knownCall().needs(), place.devices());
        node.view.place(holding, sequence);
        node.runs.put(run.id, run);
        run.node = node;
        run.holding = holding;
        meters.placed(place.warmth(), timers.now() - run.queuedAt);
        runs.move(run, RunState.ASSIGNED);
        run.resumeAt = timers.now() + leases.ttl().toNanos();
        timers.arm(run.alarm, run.nextAlarm());
        return true;
    }

    private Handover handover(Run run, Decision.Place place) {
        var call = run.knownCall();
        long now = timers.now();
        return new Handover(
                run.task(),
                call,
                leases.pid(),
                leases.ttl(),
                Duration.ofNanos(Math.max(0, run.leaseUntil - now)),
                Duration.ofNanos(Math.max(0, run.deadlineAt - now)),
                place.devices(),
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
