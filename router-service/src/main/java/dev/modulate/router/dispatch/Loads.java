package dev.modulate.router.dispatch;

import dev.modulate.invocation.v1.InvocationRecord;
import dev.modulate.router.dispatch.LoadMeters.Kind;
import dev.modulate.router.dispatch.LoadMeters.Outcome;
import dev.modulate.router.placement.FunctionKey;
import dev.modulate.router.placement.Holding;
import dev.modulate.router.placement.NodeId;
import dev.modulate.router.scheduling.Order;
import dev.modulate.router.scheduling.Pin;
import dev.modulate.router.scheduling.Scheduler;
import dev.modulate.router.wire.HeldLoad;
import dev.modulate.router.wire.LoadUpdate;
import dev.modulate.router.wire.Pinned;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Loads that no call is bound to, and what nodes keep. Device memory of a load is set aside from the order until the node
 * says that it has the instance, or has it not.
 */
final class Loads {
    private static final Logger LOG = LoggerFactory.getLogger(Loads.class);

    /** Time in which a node says that it has begun. */
    private static final Duration ANSWER_MAX = Duration.ofSeconds(10);

    private final Scheduler scheduler;
    private final Map<NodeId, Node> nodes;
    private final Runs runs;
    private final Timers timers;
    private final LoadMeters meters;
    private final String prefix;
    private final Map<FunctionKey, InvocationRecord> programs = new HashMap<>();

    /** False until the registry has said what is to be kept: until then nodes keep what they were told by the router before. */
    private boolean pinsKnown;

    private long ordered;

    /** @param prefix of load ids, unique to this time in charge */
    Loads(Scheduler scheduler, Map<NodeId, Node> nodes, Runs runs, Timers timers, LoadMeters meters, String prefix) {
        this.scheduler = scheduler;
        this.nodes = nodes;
        this.runs = runs;
        this.timers = timers;
        this.meters = meters;
        this.prefix = prefix;
    }

    /** Functions of which copies stay, instead of those named before. */
    void pins(Collection<Pinned> pinned) {
        programs.clear();
        pinned.forEach(each -> programs.put(each.needs().function(), each.program()));
        scheduler.pins(pinned.stream()
                .map(each -> new Pin(each.needs(), each.copies()))
                .toList());
        pinsKnown = true;
    }

    void order(Order.Load order) {
        var kind = order.like() == null ? Kind.PINNED : Kind.BACKGROUND;
        var node = nodes.get(order.node().id());
        var program = program(order);
        var stream = node == null ? null : node.stream;
        String id = prefix + "-load-" + ++ordered;
        if (node == null || stream == null || program == null || !stream.load(id, program, order.devices())) {
            meters.count(kind, Outcome.REFUSED);
            scheduler.loadRefused(order.node(), order.needs(), timers.now());
            return;
        }
        var holding = new Holding(order.needs().function(), 0, order.needs().memoryBytes(), order.devices());
        long now = timers.now();
        node.loads.put(id, new LoadUnderWay(id, holding, order.needs(), kind, now, now + ANSWER_MAX.toNanos()));
        node.view.loadBegun(holding);
        scheduler.nodeChanged(node.view, now);
        meters.count(kind, Outcome.ORDERED);
    }

    private @Nullable InvocationRecord program(Order.Load order) {
        var like = order.like();
        if (like == null) {
            return programs.get(order.needs().function());
        }
        var run = runs.find(like.id());
        return run == null ? null : run.knownCall().record();
    }

    void update(Node node, LoadUpdate update) {
        var load = node.loads.get(update.loadId());
        if (load == null) {
            return;
        }
        long now = timers.now();
        switch (update.stage()) {
            case LOADING -> load.answerUntil = Timers.NEVER;
            case RESIDENT -> {
                off(node, load, true);
                meters.loaded(load.kind, now - load.begunAt);
                tell(node, load, () -> scheduler.loaded(node.view, Objects.requireNonNull(load.needs), now));
            }
            case FAILED -> {
                off(node, load, false);
                meters.count(load.kind, Outcome.FAILED);
                LOG.atWarn()
                        .addKeyValue("node", node.id())
                        .addKeyValue("function", load.holding.function())
                        .addKeyValue("why", update.why())
                        .log("load failed");
                tell(node, load, () -> scheduler.loadFailed(node.view, Objects.requireNonNull(load.needs), now));
            }
            case REFUSED -> refused(node, load, Outcome.REFUSED, update.why());
        }
    }

    /** The node had it under way before this stream: its memory is taken until it says more. */
    void restated(Node node, HeldLoad held) {
        node.loads.put(
                held.loadId(),
                new LoadUnderWay(held.loadId(), held.holding(), null, Kind.BACKGROUND, timers.now(), Timers.NEVER));
        node.view.loadBegun(held.holding());
    }

    /** Its stream ended: it says what is still under way when it comes back. */
    void lost(Node node) {
        for (var load : List.copyOf(node.loads.values())) {
            refused(node, load, Outcome.LOST, "the stream of the node ended");
        }
        node.keeps = null;
    }

    /** Gives up what is not answered, and tells nodes what to keep. */
    void look() {
        long now = timers.now();
        for (var node : nodes.values()) {
            if (!node.loads.isEmpty()) {
                List.copyOf(node.loads.values()).stream()
                        .filter(load -> now >= load.answerUntil)
                        .forEach(load -> refused(node, load, Outcome.LOST, "the node did not answer"));
            }
            if (pinsKnown && node.stream != null && node.load.isKnown()) {
                tellKept(node);
            }
        }
        meters.pinned(programs.keySet().stream()
                .map(scheduler::standing)
                .filter(Objects::nonNull)
                .toList());
    }

    private void tellKept(Node node) {
        var kept = scheduler.kept(node.id());
        if (node.stream != null && !kept.equals(node.keeps)) {
            node.keeps = Map.copyOf(kept);
            node.stream.pins(kept);
        }
    }

    private void refused(Node node, LoadUnderWay load, Outcome outcome, String why) {
        off(node, load, false);
        meters.count(load.kind, outcome);
        LOG.atInfo()
                .addKeyValue("node", node.id())
                .addKeyValue("function", load.holding.function())
                .addKeyValue("why", why)
                .log("load not done");
        tell(node, load, () -> scheduler.loadRefused(node.view, Objects.requireNonNull(load.needs), timers.now()));
    }

    private static void off(Node node, LoadUnderWay load, boolean resident) {
        node.loads.remove(load.id);
        node.view.loadEnded(load.holding, resident);
    }

    /** The scheduler knows only of what it ordered. */
    private void tell(Node node, LoadUnderWay load, Runnable news) {
        if (load.needs == null) {
            scheduler.nodeChanged(node.view, timers.now());
        } else {
            news.run();
        }
    }
}
