package dev.modulate.executor.instance;

import dev.modulate.executor.call.Reservation;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * How warm a function version is on this node.
 *
 * @param load learned time from nothing to ready; null when never seen
 * @param run learned time of one execution; null when never seen
 * @param deviceMemoryBytes held by its instances, all devices together
 * @param starting instances that are not up yet
 */
public record Warmth(
        String functionKey,
        Tier tier,
        int idle,
        int instances,
        List<String> deviceIds,
        @Nullable Duration load,
        @Nullable Duration run,
        long deviceMemoryBytes,
        int starting) {
    /** Where the code lies. */
    public enum Tier {
        /** Unpacked on disk. */
        DISK,
        /** A process is up. */
        HOST,
        /** A process is up and holds a device. */
        DEVICE
    }

    public Warmth {
        deviceIds = List.copyOf(deviceIds);
    }

    static List<Warmth> of(Learned learned, List<PooledInstance> all, Predicate<String> onDisk) {
        var byFunction = all.stream().collect(Collectors.groupingBy(pooled -> pooled.program.functionKey()));
        var result = new ArrayList<Warmth>();
        for (var entry : learned.all()) {
            var instances = byFunction.getOrDefault(entry.getKey(), List.of());
            if (!instances.isEmpty() || onDisk.test(entry.getValue().artifactSha256)) {
                result.add(of(entry.getKey(), entry.getValue(), instances));
            }
        }
        return result;
    }

    private static Warmth of(String functionKey, Learned.Durations durations, List<PooledInstance> instances) {
        var up = instances.stream()
                .filter(pooled -> pooled.state != PooledInstance.State.STARTING)
                .toList();
        var deviceIds = up.stream()
                .flatMap(pooled -> pooled.reservations.stream())
                .map(Reservation::deviceId)
                .distinct()
                .toList();
        int idle = (int) up.stream()
                .filter(pooled -> pooled.state == PooledInstance.State.IDLE)
                .count();
        var tier = up.isEmpty() ? Tier.DISK : deviceIds.isEmpty() ? Tier.HOST : Tier.DEVICE;
        long bytes = up.stream()
                .flatMap(pooled -> pooled.reservations.stream())
                .mapToLong(Reservation::memoryBytes)
                .sum();
        return new Warmth(
                functionKey,
                tier,
                idle,
                up.size(),
                deviceIds,
                durations.load,
                durations.run,
                bytes,
                instances.size() - up.size());
    }
}
