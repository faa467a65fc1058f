package dev.modulate.bench.openb;

import dev.modulate.router.placement.FleetView;
import dev.modulate.router.placement.Needs;
import dev.modulate.router.placement.PackingPolicy;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The router's policy, which learns the demand from what has come so far. */
final class Ours implements Placer {
    private final PackingPolicy policy = new PackingPolicy();

    @Override
    public void arrived(Needs needs) {
        policy.arrived(needs);
    }

    @Override
    public @Nullable Place place(FleetView fleet, Needs needs) {
        var place = policy.place(fleet, needs, Set.of());
        return place == null ? null : new Place(place.node(), place.devices());
    }
}
