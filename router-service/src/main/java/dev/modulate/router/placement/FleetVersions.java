package dev.modulate.router.placement;

import java.util.Collection;
import java.util.IdentityHashMap;

/**
 * The versions of all nodes side by side, and which of them changed last: to look at each node for its own would cost more than
 * the rest of a decision.
 */
final class FleetVersions {
    /** Changes that are remembered; a power of two. */
    static final int REMEMBERED = 256;

    private final IdentityHashMap<NodeView, Integer> places = new IdentityHashMap<>();
    private final int[] now;
    private final int[] changed = new int[REMEMBERED];
    private long changes;

    FleetVersions(Collection<NodeView> nodes) {
        now = new int[nodes.size()];
        for (var node : nodes) {
            int place = places.size();
            places.put(node, place);
            node.watch(version -> {
                now[place] = version;
                changed[(int) (changes++ & (REMEMBERED - 1))] = place;
            });
        }
    }

    int size() {
        return now.length;
    }

    /** -1 when it is none of them. */
    int place(NodeView node) {
        return places.getOrDefault(node, -1);
    }

    int version(int place) {
        return now[place];
    }

    /** All changes since the first, forgotten ones too. */
    long changes() {
        return changes;
    }

    /** The place of the node that changed then. */
    int changed(long change) {
        return changed[(int) (change & (REMEMBERED - 1))];
    }
}
