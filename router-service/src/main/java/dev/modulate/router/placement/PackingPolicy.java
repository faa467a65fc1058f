package dev.modulate.router.placement;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/** {@link Packing} for the demand that it sees arrive. Not thread-safe: owned by whoever owns the {@link FleetView}. */
public final class PackingPolicy {
    /** Arrivals between two looks at how far the demand has moved; fewer at first. */
    private static final int LOOK_EVERY = 256;

    private static final int FIRST_LOOK = 16;

    /** Part of the demand that has to be another before all costs are worked out anew. */
    private static final double MOVED = 0.1;

    private final Packing packing = new Packing();
    private final Demand.Histogram arrivals = new Demand.Histogram();
    private int lookAfter = FIRST_LOOK;
    private int sinceLook;

    /** An execution with these needs has come; once for each, whenever it is placed. */
    public void arrived(Needs needs) {
        arrivals.observe(needs);
        if (++sinceLook < lookAfter) {
            return;
        }
        sinceLook = 0;
        lookAfter = Math.min(LOOK_EVERY, 2 * lookAfter);
        var typical = arrivals.typical();
        if (typical.distance(packing.demand()) > MOVED) {
            packing.expect(typical);
        }
    }

    /**
     * Null when no node has room.
     *
     * @param avoided nodes that have just turned this execution down
     * @param shape of the needs: who asks often keeps it
     * @param changedMax nodes that are worked out anew; others that have changed are left out
     */
    public Packing.@Nullable Place place(
            FleetView fleet, Needs needs, Needs.Shape shape, Set<NodeId> avoided, int changedMax) {
        return packing.place(fleet, needs, shape, avoided, changedMax);
    }

    /** Works out in advance what has changed. */
    public void catchUp(FleetView fleet, int changedMax) {
        packing.catchUp(fleet, changedMax);
    }

    /**
     * Null when no node has room.
     *
     * @param avoided nodes that have just turned this execution down
     */
    public Packing.@Nullable Place place(FleetView fleet, Needs needs, Set<NodeId> avoided) {
        return packing.place(fleet, needs, avoided);
    }
}
