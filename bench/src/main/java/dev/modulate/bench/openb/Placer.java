package dev.modulate.bench.openb;

import dev.modulate.router.placement.DeviceReservation;
import dev.modulate.router.placement.FleetView;
import dev.modulate.router.placement.Needs;
import dev.modulate.router.placement.NodeView;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A policy under test. Every one of them places through the router's own ledger. */
interface Placer {
    /** Where a pod goes. */
    record Place(NodeView node, List<DeviceReservation> devices) {}

    /** Null when nothing has room. */
    @Nullable
    Place place(FleetView fleet, Needs needs);

    /** A pod has come; called once for each, before it is placed. */
    default void arrived(Needs needs) {}
}
