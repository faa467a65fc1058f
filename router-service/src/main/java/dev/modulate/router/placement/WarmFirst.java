package dev.modulate.router.placement;

import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Where it starts soonest: an idle instance, then warm code, then anywhere; among equals the least loaded node. */
public final class WarmFirst implements Policy {
    /** Devices that an execution leaves untouched are worth less than a step of warmth. */
    private static final double DEVICE_NODE_PENALTY = 0.5;

    @Override
    public Decision decide(FleetView fleet, Needs needs, Set<NodeId> avoided) {
        NodeView best = null;
        List<DeviceReservation> devices = List.of();
        double bestScore = Double.POSITIVE_INFINITY;
        var pool = fleet.pool(needs.pool());
        for (int i = 0; i < pool.size(); i++) {
            var node = pool.get(i);
            if (!node.accepting() || avoided.contains(node.id()) || scoreAtBest(node, needs) >= bestScore) {
                continue;
            }
            var fit = node.fit(needs);
            if (fit == null) {
                continue;
            }
            double score = score(node, needs, node.warmth(needs.function(), fit));
            if (score < bestScore) {
                best = node;
                devices = fit;
                bestScore = score;
            }
        }
        return best == null
                ? NoRoom.decide(pool, needs)
                : new Decision.Place(best, devices, best.warmth(needs.function(), devices));
    }

    @Override
    public double score(NodeView node, Needs needs) {
        @Nullable List<DeviceReservation> fit = node.fit(needs);
        return fit == null ? Double.POSITIVE_INFINITY : score(node, needs, node.warmth(needs.function(), fit));
    }

    private static double scoreAtBest(NodeView node, Needs needs) {
        return score(node, needs, node.warmthAtBest(needs.function()));
    }

    private static double score(NodeView node, Needs needs, Warmth warmth) {
        boolean wasted = needs.accelerators() == null && !node.devices().isEmpty();
        return 2 * warmth.steps() + node.load() + (wasted ? DEVICE_NODE_PENALTY : 0);
    }
}
