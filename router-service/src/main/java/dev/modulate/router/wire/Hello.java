package dev.modulate.router.wire;

import dev.modulate.executor.v1.NodeProfile;
import java.util.List;

/**
 * The first words of a node.
 *
 * @param profile what the router decides by
 * @param wireProfile the whole of it, for people
 */
public record Hello(
        dev.modulate.router.placement.NodeProfile profile, NodeProfile wireProfile, List<Held> held, boolean draining) {
    public Hello {
        held = List.copyOf(held);
    }
}
