package dev.modulate.router.dispatch;

import dev.modulate.router.placement.DeviceView;
import dev.modulate.router.placement.NodeState;
import dev.modulate.router.placement.NodeView;
import dev.modulate.router.placement.Warmth;
import dev.modulate.router.scheduling.Order;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What the router counts. Written by the cell's thread, read by whoever scrapes. */
public final class RouterMeters {
    static final String QUEUE_DEPTH = "modulate.router.queue.depth";
    static final String NODES = "modulate.router.nodes";
    static final String PLACEMENTS = "modulate.router.placements";
    static final String REFUSED = "modulate.router.dispatch.refused";
    static final String REPORTS_IGNORED = "modulate.router.reports.ignored";
    static final String LOST = "modulate.router.attempts.lost";
    static final String RETRIED = "modulate.router.attempts.retried";
    static final String DEAD_LETTERS = "modulate.router.dead.letters";
    static final String DECISION = "modulate.router.decision";
    static final String START = "modulate.router.start";
    static final String IN_CHARGE = "modulate.router.active";
    static final String EPOCH = "modulate.router.epoch";
    static final String VIEW_AGE = "modulate.router.view.age";
    static final String ASSIGNMENTS_REFUSED = "modulate.router.assignments.refused";
    static final String PHASE = "modulate.invocation.phase";

    /** The executor's own gauges have other tags, and one process may run both. */
    static final String DEVICE_MEMORY = "modulate.router.device.memory.bytes";

    private static final Duration[] DECISION_BUCKETS = Stream.of(
                    2, 5, 10, 15, 20, 30, 50, 75, 100, 150, 200, 300, 500, 1_000, 2_000, 5_000, 10_000)
            .map(micros -> Duration.ofNanos(micros * 1_000L))
            .toArray(Duration[]::new);

    private static final Duration[] VIEW_AGE_BUCKETS = Stream.of(50, 100, 200, 300, 500, 750, 1_100, 1_500, 3_000)
            .map(Duration::ofMillis)
            .toArray(Duration[]::new);

    private final MeterRegistry meters;
    private final LoadMeters loads;
    private final AtomicInteger queueDepth = new AtomicInteger();
    private final Map<NodeState, AtomicInteger> nodes = new EnumMap<>(NodeState.class);
    private final Map<Warmth, Counter> placements = new EnumMap<>(Warmth.class);
    private final Map<String, List<Meter>> ofNode = new HashMap<>();

    /** In the order of the node's devices. */
    private final Map<String, List<Memory>> ofDevices = new HashMap<>();

    private final Map<Decided, Timer> decisions = new EnumMap<>(Decided.class);
    private final Map<Warmth, Timer> starts = new EnumMap<>(Warmth.class);
    private final Map<String, Counter> assignmentsRefused = new HashMap<>();
    private final Timer viewAge;
    private final AtomicLong epoch = new AtomicLong();
    private final AtomicInteger inCharge = new AtomicInteger();
    private final Timer queued;

    /** What came of asking the scheduler. */
    private enum Decided {
        PLACE,
        NOTE,
        LOAD,
        EXPIRE,
        MORE,
        WAIT
    }

    /** Why executors turn down what they are given. */
    private enum Refusal {
        STALE_ROUTER,
        DRAINING,
        LEASE_TOO_SHORT,
        DEADLINE_PASSED,
        NO_SLOT,
        UNKNOWN_DEVICE,
        NO_DEVICE_MEMORY,
        NO_DEVICE_COMPUTE,
        DEVICE_ISOLATED,
        OTHER
    }

    private final Counter lost;
    private final Counter retried;
    private final Counter deadLetters;
    private final Counter oldEpochs;
    private final Counter gaps;

    /** Of one device, as the node said and as the router has set aside when it said so. */
    private record Memory(AtomicLong used, AtomicLong placed) {}

    public RouterMeters(MeterRegistry meters) {
        this.meters = meters;
        this.loads = new LoadMeters(meters);
        Gauge.builder(QUEUE_DEPTH, queueDepth, AtomicInteger::get)
                .description("Calls that wait for a node")
                .register(meters);
        for (var state : NodeState.values()) {
            var count = new AtomicInteger();
            nodes.put(state, count);
            Gauge.builder(NODES, count, AtomicInteger::get)
                    .description("Nodes by state")
                    .tag("state", tag(state))
                    .register(meters);
        }
        for (var warmth : Warmth.values()) {
            placements.put(
                    warmth,
                    Counter.builder(PLACEMENTS)
                            .description("Executions handed to nodes, by how warm the node was")
                            .tag("reason", tag(warmth))
                            .register(meters));
        }
        for (var decided : Decided.values()) {
            decisions.put(
                    decided,
                    Timer.builder(DECISION)
                            .description("Time to decide what to do next, by what it was")
                            .tag("outcome", tag(decided))
                            .serviceLevelObjectives(DECISION_BUCKETS)
                            .register(meters));
        }
        for (var warmth : Warmth.values()) {
            starts.put(
                    warmth,
                    Timer.builder(START)
                            .description("Time from the arrival of a call until it runs, by how warm the node was")
                            .tag("warmth", tag(warmth))
                            .publishPercentileHistogram()
                            .minimumExpectedValue(Duration.ofMillis(1))
                            .maximumExpectedValue(Duration.ofMinutes(10))
                            .register(meters));
        }
        for (var refusal : Refusal.values()) {
            assignmentsRefused.put(
                    refusal.name(),
                    Counter.builder(ASSIGNMENTS_REFUSED)
                            .description("Executions that nodes turned down")
                            .tag("reason", tag(refusal))
                            .register(meters));
        }
        Gauge.builder(IN_CHARGE, inCharge, AtomicInteger::get)
                .description("1 while this router is in charge of its cell, 0 while it is a standby")
                .register(meters);
        Gauge.builder(EPOCH, epoch, AtomicLong::get)
                .description("Newest epoch of the cell that this router was in charge with")
                .register(meters);
        this.viewAge = Timer.builder(VIEW_AGE)
                .description("Age of the newest report of each attached node, looked at once a second")
                .serviceLevelObjectives(VIEW_AGE_BUCKETS)
                .register(meters);
        this.queued = Timer.builder(PHASE)
                .description("Time of one phase of an invocation")
                .tag("phase", "queued")
                .register(meters);
        this.lost = counter(LOST, "Attempts lost with their node or on the way to it");
        this.oldEpochs = ignored("old_epoch");
        this.gaps = ignored("gap");
        this.retried = counter(RETRIED, "Failed attempts that are tried again");
        this.deadLetters = counter(DEAD_LETTERS, "Calls the router ended since no attempt was left");
    }

    LoadMeters loads() {
        return loads;
    }

    void queueDepth(int depth) {
        queueDepth.set(depth);
    }

    /** @param order null when there was nothing to do */
    void decided(@Nullable Order order, long nanos) {
        var decided = switch (order) {
            case null -> Decided.WAIT;
            case Order.Dispatch place -> Decided.PLACE;
            case Order.Load load -> Decided.LOAD;
            case Order.Expire expire -> Decided.EXPIRE;
            case Order.AskAgain again -> Decided.MORE;
        };
        record(decided, nanos);
    }

    /** What follows from a placement is worked out. */
    void noted(long nanos) {
        record(Decided.NOTE, nanos);
    }

    private void record(Decided decided, long nanos) {
        Objects.requireNonNull(decisions.get(decided)).record(nanos, TimeUnit.NANOSECONDS);
    }

    /** @param nanos since this router first knew of the call */
    void started(Warmth warmth, long nanos) {
        Objects.requireNonNull(starts.get(warmth)).record(nanos, TimeUnit.NANOSECONDS);
    }

    public void inCharge(long number) {
        epoch.set(number);
        inCharge.set(1);
    }

    public void standby() {
        inCharge.set(0);
    }

    void viewAge(long nanos) {
        viewAge.record(nanos, TimeUnit.NANOSECONDS);
    }

    void assignmentRefused(String reason) {
        var counter = assignmentsRefused.get(reason);
        Objects.requireNonNull(counter == null ? assignmentsRefused.get(Refusal.OTHER.name()) : counter)
                .increment();
    }

    void placed(Warmth warmth, long queuedNanos) {
        var counter = placements.get(warmth);
        if (counter != null) {
            counter.increment();
        }
        queued.record(Duration.ofNanos(queuedNanos));
    }

    /** @param reason bounded: a constant of the caller */
    void refused(String reason) {
        Counter.builder(REFUSED)
                .description("Calls not accepted; nothing was written")
                .tag("reason", reason.toLowerCase(Locale.ROOT))
                .register(meters)
                .increment();
    }

    /** A report that answers an older router. */
    void reportOfOldEpoch() {
        oldEpochs.increment();
    }

    /** A delta whose forerunner is missing. */
    void reportAfterGap() {
        gaps.increment();
    }

    private Counter ignored(String reason) {
        return Counter.builder(REPORTS_IGNORED)
                .description("Load reports that changed nothing")
                .tag("reason", reason)
                .register(meters);
    }

    void lost() {
        lost.increment();
    }

    void retried() {
        retried.increment();
    }

    void deadLetter() {
        deadLetters.increment();
    }

    void nodes(Map<NodeState, Integer> counts) {
        nodes.forEach((state, count) -> count.set(counts.getOrDefault(state, 0)));
    }

    void attached(NodeView node) {
        forgotten(node);
        var registered = new ArrayList<Meter>();
        var memories = new ArrayList<Memory>();
        for (var device : node.devices()) {
            var memory = new Memory(new AtomicLong(), new AtomicLong());
            memories.add(memory);
            registered.add(memory(node, device, "used", memory.used()));
            registered.add(memory(node, device, "placed", memory.placed()));
            registered.add(memory(
                    node, device, "total", new AtomicLong(device.profile().memoryBytes())));
        }
        ofNode.put(node.id().value(), registered);
        ofDevices.put(node.id().value(), memories);
    }

    void reported(NodeView node) {
        var memories = ofDevices.getOrDefault(node.id().value(), List.of());
        for (int i = 0; i < memories.size(); i++) {
            var device = node.devices().get(i);
            memories.get(i).used().set(device.memoryUsedBytes());
            memories.get(i).placed().set(device.memoryPlacedBytes());
        }
    }

    void forgotten(NodeView node) {
        ofNode.getOrDefault(node.id().value(), List.of()).forEach(meters::remove);
        ofNode.remove(node.id().value());
        ofDevices.remove(node.id().value());
    }

    private Meter memory(NodeView node, DeviceView device, String kind, AtomicLong value) {
        return Gauge.builder(DEVICE_MEMORY, value, AtomicLong::get)
                .description("Device memory as the node last said")
                .tags("node", node.id().value(), "device", device.profile().id().value(), "kind", kind)
                .strongReference(true)
                .register(meters);
    }

    private Counter counter(String name, String description) {
        return Counter.builder(name).description(description).register(meters);
    }

    private static String tag(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }
}
