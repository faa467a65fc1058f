package dev.modulate.router.dispatch;

import dev.modulate.router.placement.FleetView;
import dev.modulate.router.placement.Needs;
import dev.modulate.router.placement.NodeState;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Whether any node could ever run something. Remembers by shape until nodes come or go. */
final class Feasibility {
    private static final int SHAPES_MAX = 10_000;

    private final FleetView view;
    private final Map<Needs.Shape, Boolean> possible = new HashMap<>();

    Feasibility(FleetView view) {
        this.view = view;
    }

    /** Nodes have come, gone, or come back as something else. */
    void forget() {
        possible.clear();
    }

    /** Why it would wait for ever; null when it might run, or when no node of its pool is there to say no. */
    @Nullable
    String refusal(Needs needs) {
        if (possible.size() >= SHAPES_MAX) {
            possible.clear();
        }
        return possible.computeIfAbsent(needs.shape(), shape -> possible(needs))
                ? null
                : "no node" + (needs.pool().isEmpty() ? "" : " of pool " + needs.pool())
                        + " could run it even when empty: see ExplainPlacement";
    }

    private boolean possible(Needs needs) {
        boolean attached = false;
        for (var node : view.pool(needs.pool())) {
            // One that has lost its connection most likely comes back, or is forgotten in time.
            if (node.couldEverFit(needs)) {
                return true;
            }
            attached |= node.state() != NodeState.DETACHED;
        }
        return !attached;
    }
}
