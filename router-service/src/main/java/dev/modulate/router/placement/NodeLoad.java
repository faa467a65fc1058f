package dev.modulate.router.placement;

import java.util.List;

/**
 * What a node said about itself.
 *
 * @param ackedSequence placements up to this one are taken into account
 * @param delta whether devices and residencies are only those that changed
 * @param removed functions that are no longer resident; only in a delta
 */
public record NodeLoad(
        long ackedSequence,
        List<DeviceLoad> devices,
        List<Residency> residencies,
        boolean draining,
        boolean delta,
        List<FunctionKey> removed) {
    public NodeLoad {
        devices = List.copyOf(devices);
        residencies = List.copyOf(residencies);
        removed = List.copyOf(removed);
    }

    /** Everything. */
    public NodeLoad(long ackedSequence, List<DeviceLoad> devices, List<Residency> residencies, boolean draining) {
        this(ackedSequence, devices, residencies, draining, false, List.of());
    }

    /**
     * How a device stands.
     *
     * @param memoryUsedBytes by anyone, warm instances included
     * @param memoryForeignBytes part of it that nobody of the platform holds
     */
    public record DeviceLoad(
            DeviceId device, long memoryUsedBytes, long memoryForeignBytes, boolean healthy, String healthReason) {}
}
