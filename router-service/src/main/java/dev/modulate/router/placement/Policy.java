package dev.modulate.router.placement;

import java.util.Set;

/**
 * Chooses a node. Pure: the same view gives the same answer. The router's loop and the simulator call the same class.
 */
public interface Policy {
    /** @param avoided nodes that have just turned this execution down */
    Decision decide(FleetView fleet, Needs needs, Set<NodeId> avoided);

    /** How good a node that fits is for it; lower is better. For people. */
    double score(NodeView node, Needs needs);
}
