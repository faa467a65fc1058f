package dev.modulate.router.dispatch;

import dev.modulate.router.placement.DeviceView;
import dev.modulate.router.placement.NodeState;
import dev.modulate.router.placement.NodeView;
import dev.modulate.router.placement.Warmth;
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
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

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
    static final String PHASE = "modulate.invocation.phase";

    /** The executor's own gauges have other tags, and one process may run both. */
    static final String DEVICE_MEMORY = "modulate.router.device.memory.bytes";

    private final MeterRegistry meters;
    private final AtomicInteger queueDepth = new AtomicInteger();
    private final Map<NodeState, AtomicInteger> nodes = new EnumMap<>(NodeState.class);
    private final Map<Warmth, Counter> placements = new EnumMap<>(Warmth.class);
    private final Map<String, List<Meter>> ofNode = new HashMap<>();
    private final Map<String, Memory> ofDevice = new HashMap<>();
    private final Timer queued;
    private final Counter lost;
    private final Counter retried;
    private final Counter deadLetters;
    private final Counter oldEpochs;
    private final Counter gaps;

    /** Of one device, as the node said and as the router has set aside when it said so. */
    private record Memory(AtomicLong used, AtomicLong placed) {}

    public RouterMeters(MeterRegistry meters) {
        this.meters = meters;
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

    void queueDepth(int depth) {
        queueDepth.set(depth);
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
        for (var device : node.devices()) {
            var memory = new Memory(new AtomicLong(), new AtomicLong());
            ofDevice.put(key(node, device), memory);
            registered.add(memory(node, device, "used", memory.used()));
            registered.add(memory(node, device, "placed", memory.placed()));
            registered.add(memory(
                    node, device, "total", new AtomicLong(device.profile().memoryBytes())));
        }
        ofNode.put(node.id().value(), registered);
    }

    void reported(NodeView node) {
        for (var device : node.devices()) {
            var memory = ofDevice.get(key(node, device));
            if (memory != null) {
                memory.used().set(device.memoryUsedBytes());
                memory.placed().set(device.memoryPlacedBytes());
            }
        }
    }

    void forgotten(NodeView node) {
        ofNode.getOrDefault(node.id().value(), List.of()).forEach(meters::remove);
        ofNode.remove(node.id().value());
        node.devices().forEach(device -> ofDevice.remove(key(node, device)));
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

    private static String key(NodeView node, DeviceView device) {
        return node.id() + "/" + device.profile().id();
    }

    private static String tag(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }
}
