package dev.modulate.router.scheduling;

import dev.modulate.router.placement.DeviceId;
import dev.modulate.router.placement.DeviceProfile;
import dev.modulate.router.placement.FunctionKey;
import dev.modulate.router.placement.Holding;
import dev.modulate.router.placement.Needs;
import dev.modulate.router.placement.NodeId;
import dev.modulate.router.placement.NodeLoad;
import dev.modulate.router.placement.NodeProfile;
import dev.modulate.router.placement.NodeState;
import dev.modulate.router.placement.NodeView;
import dev.modulate.router.placement.Residency;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A warm queue, its nodes and its owner, driven by hand. */
final class Floor {
    static final long GIB = 1L << 30;

    final WarmQueue queue;
    private final Map<String, NodeView> nodes = new HashMap<>();
    private final SequencedMap<String, Placed> placed = new LinkedHashMap<>();
    private final List<String> expired = new ArrayList<>();
    private final List<Order.Load> loads = new ArrayList<>();
    private Consumer<Effort> answered = effort -> {};
    private long sequence;
    private long now;
    private int calls;

    private record Placed(NodeView node, Holding holding, List<FunctionKey> evictions) {}

    Floor(WarmQueueRules rules) {
        queue = new WarmQueue(rules, LoadPrior.DEFAULT, profile -> 1);
    }

    /** One GPU of 24 GiB and one slot, with these functions idle on it. */
    void gpu(String name, String... functions) {
        node(name, 1, 24, functions);
    }

    void node(String name, int slots, int gib, String... functions) {
        var device = new DeviceProfile(new DeviceId("GPU-" + name), "L4", gib * GIB, "");
        var view = new NodeView(new NodeProfile(new NodeId(name), 1, "gpu", List.of(device), 0, 0, slots, Map.of()));
        nodes.put(name, view);
        report(name, functions);
    }

    /** So many GPUs of 24 GiB, with four slots for each. */
    void gpus(String name, int count) {
        var devices = new ArrayList<DeviceProfile>();
        for (int i = 0; i < count; i++) {
            devices.add(new DeviceProfile(new DeviceId("GPU-" + name + "-" + i), "L4", 24 * GIB, ""));
        }
        nodes.put(name, new NodeView(new NodeProfile(new NodeId(name), 1, "gpu", devices, 0, 0, 4 * count, Map.of())));
        report(name);
    }

    void leaves(String name) {
        queue.nodeLeft(node(name).id(), now);
    }

    void drains(String name) {
        node(name).setState(NodeState.DRAINING);
        queue.nodeChanged(node(name), now);
        carryOut();
    }

    void cancels(String call) {
        queue.cancelled(call, now);
        carryOut();
    }

    /** One GPU on which a function is idle, and another has the memory that it would need. */
    void warmButTaken(String name, String function) {
        node(name, 2, 24, function);
        var large = needs("g", 20);
        var devices = java.util.Objects.requireNonNull(node(name).fit(large));
        node(name).place(Holding.of(large, devices), 0);
        report(name, function);
    }

    void report(String name, String... functions) {
        var residencies = Arrays.stream(functions)
                .map(function ->
                        new Residency(key(function), Residency.Tier.DEVICE, 1, 1, Set.of(new DeviceId("GPU-" + name))))
                .toList();
        node(name).report(new NodeLoad(sequence, List.of(), residencies, false));
        queue.nodeChanged(node(name), now);
    }

    NodeView node(String name) {
        return java.util.Objects.requireNonNull(nodes.get(name), name);
    }

    static FunctionKey key(String function) {
        return new FunctionKey("acme/" + function);
    }

    static Needs needs(String function, int gib) {
        return new Needs(key(function), "gpu", Map.of(), 0, 0, new Needs.Accelerators("", 1, gib * GIB));
    }

    static Needs needs(String function) {
        return needs(function, 8);
    }

    /** A call of a function with a name of its own; where it went is found by that name. */
    String call(String function) {
        return call(function, "acme", Priority.NORMAL, Call.NO_DEADLINE);
    }

    String call(String function, int gib) {
        return call(needs(function, gib), "acme", Priority.NORMAL, Call.NO_DEADLINE);
    }

    String call(String function, String tenant, Priority priority, long deadlineAt) {
        return call(needs(function), tenant, priority, deadlineAt);
    }

    String call(Needs needs, String tenant, Priority priority, long deadlineAt) {
        String id = "call-" + ++calls;
        queue.arrived(new Call(id, needs, tenant, priority, now, deadlineAt), now);
        carryOut();
        return id;
    }

    void carryOut() {
        for (var order = next(); order != null; order = next()) {
            switch (order) {
                case Order.Dispatch dispatch -> {
                    var holding = Holding.of(dispatch.call().needs(), dispatch.devices());
                    dispatch.node().place(holding, ++sequence);
                    queue.placed(dispatch, now);
                    placed.put(dispatch.call().id(), new Placed(dispatch.node(), holding, dispatch.evictions()));
                }
                case Order.Load load -> loads.add(load);
                case Order.AskAgain again -> {
                    // At once: nothing else happens at this moment.
                }
                case Order.Expire expire -> expired.add(expire.call().id());
            }
        }
    }

    private @Nullable Order next() {
        var order = queue.next(now);
        answered.accept(queue.effort());
        return order;
    }

    /** Hears what each answer took. */
    void onAnswer(Consumer<Effort> listener) {
        answered = listener;
    }

    /** Name of its node; empty while it waits. */
    String nodeOf(String call) {
        var there = placed.get(call);
        return there == null ? "" : there.node.id().value();
    }

    /** The call that was given to a node last, of those that have not ended. */
    String placedLast() {
        return placed.lastEntry().getKey();
    }

    /** Functions that have to go for it. */
    List<FunctionKey> evictedFor(String call) {
        return java.util.Objects.requireNonNull(placed.get(call), call).evictions;
    }

    List<String> expired() {
        return expired;
    }

    List<Order.Load> loads() {
        return loads;
    }

    void starts(String call) {
        queue.started(call, now);
    }

    void ends(String call) {
        var there = java.util.Objects.requireNonNull(placed.remove(call), call);
        there.node.free(there.holding, true);
        queue.ended(call, now);
        carryOut();
    }

    /** Runs from its dispatch on, and ends. */
    void runs(String call, double seconds) {
        starts(call);
        pass(seconds);
        ends(call);
    }

    void turnsDown(String call) {
        var there = java.util.Objects.requireNonNull(placed.remove(call), call);
        there.node.free(there.holding, false);
        queue.turnedDown(call, there.node.id(), now);
        carryOut();
    }

    /** Time goes by, with the looks that belong to it. */
    void pass(double seconds) {
        long until = now + (long) (seconds * 1e9);
        while (now < until) {
            now = Math.min(until, now + Scheduler.LOOK_PERIOD_MILLIS * 1_000_000);
            queue.look(now);
            carryOut();
        }
    }

    long now() {
        return now;
    }

    long inSeconds(double seconds) {
        return now + (long) (seconds * 1e9);
    }
}
