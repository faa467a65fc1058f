package dev.modulate.router.placement;

import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** All nodes a router knows, in name order, and by pool. Not thread-safe: it has one owner. */
public final class FleetView {
    private final NavigableMap<NodeId, NodeView> nodes = new TreeMap<>();

    /** Null when it has to be made anew: many nodes may come before anybody asks. */
    private @Nullable Map<String, List<NodeView>> byPool;

    private List<NodeView> all = List.of();
    private int version;

    /** Takes the place of a node of the same id. */
    public void add(NodeView node) {
        nodes.put(node.id(), node);
        changed();
    }

    public void remove(NodeId id) {
        nodes.remove(id);
        changed();
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
        var index = byPool == null ? index() : byPool;
        return pool.isEmpty() ? all : index.getOrDefault(pool, List.of());
    }

    /** Changes whenever a node comes or goes. */
    public int version() {
        return version;
    }

    private void changed() {
        version++;
        byPool = null;
    }

    private Map<String, List<NodeView>> index() {
        var index = nodes.values().stream()
                .collect(Collectors.groupingBy(node -> node.profile().pool()));
        all = List.copyOf(nodes.values());
        byPool = index;
        return index;
    }
}
