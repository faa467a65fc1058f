package dev.modulate.router.placement;

import java.util.Set;

/** How warm a function is on a node, as the node last said. */
public record Residency(FunctionKey function, Tier tier, int idleCount, int instanceCount, Set<DeviceId> devices) {
    public Residency {
        devices = Set.copyOf(devices);
    }

    /** Where the code or model lies, coldest first. */
    public enum Tier {
        DISK,
        HOST,
        DEVICE
    }
}
