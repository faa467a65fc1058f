package dev.modulate.bench.live;

import dev.modulate.router.placement.FunctionKey;
import dev.modulate.router.placement.Holding;
import dev.modulate.router.placement.Needs;
import dev.modulate.router.placement.NodeId;
import dev.modulate.router.placement.NodeView;
import dev.modulate.router.placement.Warmth;
import dev.modulate.router.scheduling.Admission;
import dev.modulate.router.scheduling.Call;
import dev.modulate.router.scheduling.Order;
import dev.modulate.router.scheduling.Pin;
import dev.modulate.router.scheduling.PinStanding;
import dev.modulate.router.scheduling.Scheduler;
import io.micrometer.core.instrument.MeterRegistry;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A scheduler of which each answer's wall time is counted, and of some the CPU time: to ask for that is a system call, which takes its
 * part of a decision. The router times the same, so what was measured is written down while it times nothing.
 */
final class WatchedScheduler implements Scheduler {
    /** CPU time is asked for once in so many answers. */
    private static final int CPU_ONCE_IN = 4;

    private final Scheduler watched;
    private final ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    private final TwoTimes warm;
    private final TwoTimes cold;
    private final TwoTimes nothing;
    private final TwoTimes noted;
    private final List<Measured> measured = new ArrayList<>();
    private long answers;

    private record Measured(TwoTimes times, long wallNanos, long cpuNanos) {}

    WatchedScheduler(Scheduler watched, MeterRegistry meters) {
        this.watched = watched;
        this.warm = new TwoTimes(meters, "warm");
        this.cold = new TwoTimes(meters, "cold");
        this.nothing = new TwoTimes(meters, "nothing");
        this.noted = new TwoTimes(meters, "noted");
    }

    @Override
    public @Nullable Order next(long now) {
        var watch = new Stopwatch();
        var order = watched.next(now);
        watch.stop();
        switch (order) {
            case null -> {
                if (watched.waiting() > 0) {
                    watch.countsFor(nothing);
                }
            }
            case Order.AskAgain again -> watch.countsFor(nothing);
            case Order.Dispatch place -> watch.countsFor(place.warmth() == Warmth.IDLE ? warm : cold);
            case Order.Load load -> {
                // None are ordered in these benches.
            }
            case Order.Expire expire -> {
                // No deadline passes in these benches.
            }
        }
        return order;
    }

    @Override
    public void placed(Order.Dispatch order, long now) {
        var watch = new Stopwatch();
        watched.placed(order, now);
        watch.stop();
        watch.countsFor(noted);
    }

    private final class Stopwatch {
        private final boolean asksCpu = ++answers % CPU_ONCE_IN == 0;
        private final long wall = System.nanoTime();
        private final long cpu = asksCpu ? threads.getCurrentThreadCpuTime() : 0;
        private long cpuNanos;
        private long wallNanos;

        void stop() {
            cpuNanos = asksCpu ? threads.getCurrentThreadCpuTime() - cpu : TwoTimes.NOT_ASKED;
            wallNanos = System.nanoTime() - wall;
        }

        void countsFor(TwoTimes times) {
            measured.add(new Measured(times, wallNanos, cpuNanos));
        }
    }

    @Override
    public Admission admit(Needs needs, String tenant, long now) {
        return watched.admit(needs, tenant, now);
    }

    @Override
    public Duration retryAfter() {
        return watched.retryAfter();
    }

    @Override
    public void arrived(Call call, long now) {
        watched.arrived(call, now);
    }

    @Override
    public void cancelled(String callId, long now) {
        watched.cancelled(callId, now);
    }

    @Override
    public void turnedDown(String callId, NodeId by, long now) {
        watched.turnedDown(callId, by, now);
    }

    @Override
    public void avoidsNone(String callId, long now) {
        watched.avoidsNone(callId, now);
    }

    @Override
    public void nodeChanged(NodeView node, long now) {
        watched.nodeChanged(node, now);
    }

    @Override
    public void nodeLeft(NodeId id, long now) {
        watched.nodeLeft(id, now);
    }

    @Override
    public void restated(String callId, Holding holding, NodeId node, long now) {
        watched.restated(callId, holding, node, now);
    }

    @Override
    public void started(String callId, long now) {
        watched.started(callId, now);
    }

    @Override
    public void ended(String callId, long now) {
        watched.ended(callId, now);
    }

    @Override
    public void loaded(NodeView node, Needs needs, long now) {
        watched.loaded(node, needs, now);
    }

    @Override
    public void loadFailed(NodeView node, Needs needs, long now) {
        watched.loadFailed(node, needs, now);
    }

    @Override
    public void loadRefused(NodeView node, Needs needs, long now) {
        watched.loadRefused(node, needs, now);
    }

    @Override
    public void pins(Collection<Pin> pins) {
        watched.pins(pins);
    }

    @Override
    public Map<FunctionKey, Integer> kept(NodeId node) {
        return watched.kept(node);
    }

    @Override
    public @Nullable PinStanding standing(FunctionKey function) {
        return watched.standing(function);
    }

    @Override
    public void look(long now) {
        measured.forEach(each -> each.times.record(each.wallNanos, each.cpuNanos));
        measured.clear();
        watched.look(now);
    }

    @Override
    public int waiting() {
        return watched.waiting();
    }

    @Override
    public int position(String callId) {
        return watched.position(callId);
    }

    @Override
    public double cost(NodeView node, Needs needs, long now) {
        return watched.cost(node, needs, now);
    }
}
