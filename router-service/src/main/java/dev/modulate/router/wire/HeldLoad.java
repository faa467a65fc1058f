package dev.modulate.router.wire;

import dev.modulate.router.placement.Holding;

/** A load that is under way on a node that opens a stream. */
public record HeldLoad(String loadId, Holding holding) {}
