package dev.modulate.router.wire;

import dev.modulate.executor.v1.NodeProfile;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The first words of a node.
 *
 * @param profile what the router decides by
 * @param wireProfile the whole of it, for people
 * @param drainRemaining time until what runs there is to move, of the drain that a router ordered; null when there is no such time
 * @param epochMax largest epoch of a router that the node has seen
 */
public record Hello(
        dev.modulate.router.placement.NodeProfile profile,
        NodeProfile wireProfile,
        List<Held> held,
        List<HeldLoad> loads,
        boolean draining,
        @Nullable Duration drainRemaining,
        long epochMax) {
    public Hello {
        held = List.copyOf(held);
        loads = List.copyOf(loads);
    }
}
