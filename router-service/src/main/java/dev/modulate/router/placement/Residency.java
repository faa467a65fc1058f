package dev.modulate.router.placement;

import java.time.Duration;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * How warm a function is on a node, as the node last said.
 *
 * @param deviceMemoryBytes held by its instances, all devices together
 * @param load learned time from nothing to ready on this node; null when never seen
 * @param run learned time of one execution on this node; null when never seen
 */
public record Residency(
        FunctionKey function,
        Tier tier,
        int idleCount,
        int instanceCount,
        Set<DeviceId> devices,
        long deviceMemoryBytes,
        @Nullable Duration load,
        @Nullable Duration run) {
    public Residency {
        devices = Set.copyOf(devices);
    }

    /** With nothing learned yet. */
    public Residency(FunctionKey function, Tier tier, int idleCount, int instanceCount, Set<DeviceId> devices) {
        this(function, tier, idleCount, instanceCount, devices, 0, null, null);
    }

    /** Where the code or model lies, coldest first. */
    public enum Tier {
        DISK,
        HOST,
        DEVICE
    }
}
