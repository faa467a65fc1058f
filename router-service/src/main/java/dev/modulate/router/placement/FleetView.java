package dev.modulate.router.placement;

import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;

/** All nodes a router knows, in name order, and by pool. Not thread-safe: it has one owner. */
public final class FleetView {
    private final NavigableMap<NodeId, NodeView> nodes = new TreeMap<>();
    private Map<String, List<NodeView>> byPool = Map.of();
    private int version;

    /** Takes the place of a node of the same id. */
    public void add(NodeView node) {
        nodes.put(node.id(), node);
        index();
    }

    public void remove(NodeId id) {
        nodes.remove(id);
        index();
    }

    public Optional<NodeView> find(NodeId id) {
        return Optional.ofNullable(nodes.get(id));
    }

    /** In name order. */
    public Collection<NodeView> nodes() {
        return Collections.unmodifiableCollection(nodes.values());
    }

    /** Nodes of a pool, detached ones too, in name order; of every pool when it is empty. */
    public List<NodeView> pool(String pool) {
        return pool.isEmpty() ? List.copyOf(nodes.values()) : byPool.getOrDefault(pool, List.of());
    }

    /** Changes whenever a node comes or goes. */
    public int version() {
        return version;
    }

    private void index() {
        version++;
        byPool = nodes.values().stream()
                .collect(java.util.stream.Collectors.groupingBy(
                        node -> node.profile().pool()));
    }
}
