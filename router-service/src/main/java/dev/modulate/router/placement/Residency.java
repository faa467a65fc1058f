package dev.modulate.router.placement;

import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.Collectors;
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

    /** One idle instance, of which no more is known than where it is. */
    static Residency loaded(Holding holding) {
        var devices = holding.devices().stream().map(DeviceReservation::device).collect(Collectors.toUnmodifiableSet());
        long bytes = holding.devices().stream()
                .mapToLong(DeviceReservation::memoryBytes)
                .sum();
        var tier = devices.isEmpty() ? Tier.HOST : Tier.DEVICE;
        return new Residency(holding.function(), tier, 1, 1, devices, bytes, null, null);
    }

    /** This and one instance more. */
    Residency and(Residency more) {
        var all = new HashSet<>(devices);
        all.addAll(more.devices);
        return new Residency(
                function,
                tier.compareTo(more.tier) > 0 ? tier : more.tier,
                idleCount + more.idleCount,
                instanceCount + more.instanceCount,
                all,
                deviceMemoryBytes + more.deviceMemoryBytes,
                load,
                run);
    }

    /** Where the code or model lies, coldest first. */
    public enum Tier {
        DISK,
        HOST,
        DEVICE
    }
}
