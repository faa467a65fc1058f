package dev.modulate.router.placement;

import java.util.List;

/**
 * What a node said about itself.
 *
 * @param ackedSequence placements up to this one are taken into account
 */
public record NodeLoad(long ackedSequence, List<DeviceLoad> devices, List<Residency> residencies, boolean draining) {
    public NodeLoad {
        devices = List.copyOf(devices);
        residencies = List.copyOf(residencies);
    }

    /** @param memoryUsedBytes by anyone, warm instances included */
    public record DeviceLoad(DeviceId device, long memoryUsedBytes, boolean healthy, String healthReason) {}
}
