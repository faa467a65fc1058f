package dev.modulate.router.scheduling;

import dev.modulate.router.placement.NodeId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Calls that are bound to nodes and wait for them, a queue for each: class, then deadline, then arrival. */
final class Bindings {
    private final Map<NodeId, Queue> queues = new HashMap<>();
    private final Map<Waiting, Binding> bindings = new HashMap<>();

    private static final class Queue {
        private final NavigableSet<Waiting> calls = new TreeSet<>(Waiting.BY_RANK);
        private double seconds;
    }

    /** @param seconds that it is expected to keep a slot */
    private record Binding(NodeId node, double seconds) {}

    void bind(Waiting entry, NodeId node, double seconds) {
        var queue = queues.computeIfAbsent(node, id -> new Queue());
        queue.calls.add(entry);
        queue.seconds += seconds;
        bindings.put(entry, new Binding(node, seconds));
    }

    void unbind(Waiting entry) {
        var binding = bindings.remove(entry);
        var queue = binding == null ? null : queues.get(binding.node);
        if (binding == null || queue == null) {
            return;
        }
        queue.calls.remove(entry);
        queue.seconds -= binding.seconds;
        if (queue.calls.isEmpty()) {
            queues.remove(binding.node);
        }
    }

    /** Takes all calls off a node, in their order. */
    List<Waiting> leave(NodeId node) {
        var queue = queues.remove(node);
        if (queue == null) {
            return List.of();
        }
        queue.calls.forEach(bindings::remove);
        return new ArrayList<>(queue.calls);
    }

    /** Who goes next on the node; null when nobody waits for it. */
    @Nullable
    Waiting head(NodeId node) {
        var queue = queues.get(node);
        return queue == null ? null : queue.calls.first();
    }

    int count(NodeId node) {
        var queue = queues.get(node);
        return queue == null ? 0 : queue.calls.size();
    }

    /** Expected time of all that waits there, in one slot. */
    double seconds(NodeId node) {
        var queue = queues.get(node);
        return queue == null ? 0 : queue.seconds;
    }

    boolean has(NodeId node, Model model) {
        var queue = queues.get(node);
        if (queue != null) {
            for (var entry : queue.calls) {
                if (entry.line.model == model) {
                    return true;
                }
            }
        }
        return false;
    }

    /** Place in the queue of its node, from 1; zero when it is bound to none. */
    int position(Waiting entry) {
        var binding = bindings.get(entry);
        var queue = binding == null ? null : queues.get(binding.node);
        return queue == null ? 0 : queue.calls.headSet(entry, true).size();
    }

    /** Nodes that somebody waits for. */
    List<NodeId> nodes() {
        return List.copyOf(queues.keySet());
    }
}
