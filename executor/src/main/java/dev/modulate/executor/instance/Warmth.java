package dev.modulate.executor.instance;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How warm a function version is on this node.
 *
 * @param load learned time from nothing to ready; null when never seen
 * @param run learned time of one execution; null when never seen
 */
public record Warmth(
        String functionKey,
        Tier tier,
        int idle,
        int instances,
        List<String> deviceIds,
        @Nullable Duration load,
        @Nullable Duration run) {
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
}
