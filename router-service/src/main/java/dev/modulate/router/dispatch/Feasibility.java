package dev.modulate.router.dispatch;

import dev.modulate.router.placement.FleetView;
import dev.modulate.router.placement.Needs;
import dev.modulate.router.placement.NodeState;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Whether any node could ever run something. Remembers by shape until nodes come or go. */
final class Feasibility {
    /**
     * Nodes may still be on their way for so long after a router has come to be in charge: executors try one router after the
     * other, with pauses of up to 2 s, and a router that does not answer costs one of them its turn.
     */
    static final Duration NODES_COME_BACK = Duration.ofSeconds(10);

    private static final int SHAPES_MAX = 10_000;

    private final FleetView view;
    private final Timers timers;
    private final long sureFrom;
    private final Map<Needs.Shape, Boolean> possible = new HashMap<>();

    /** Made when this router comes to be in charge. */
    Feasibility(FleetView view, Timers timers) {
        this.view = view;
        this.timers = timers;
        this.sureFrom = timers.now() + NODES_COME_BACK.toNanos();
    }

    /** Nodes have come, gone, or come back as something else. */
    void forget() {
        possible.clear();
    }

    /**
     * Why it would wait for ever; null when it might run, when no node of its pool is there to say no, or when not all nodes
     * may have come yet.
     */
    @Nullable
    String refusal(Needs needs) {
        if (timers.now() < sureFrom) {
            return null;
        }
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
