package dev.modulate.router.scheduling;

import dev.modulate.router.placement.Warmth;

/** How long a load takes before anybody has seen one: a fixed part, and the bytes through the slowest pipe. */
public record LoadPrior(
        double fixedSeconds, double hostBytesPerSecond, double diskBytesPerSecond, double remoteBytesPerSecond) {
    private static final double GIB = 1024.0 * 1024 * 1024;
    public static final LoadPrior DEFAULT = new LoadPrior(0.5, 8 * GIB, 2 * GIB, 1.2 * GIB);

    double seconds(Warmth from, long bytes) {
        return switch (from) {
            case IDLE -> 0;
            case RESIDENT -> fixedSeconds + bytes / hostBytesPerSecond;
            case ON_DISK -> fixedSeconds + bytes / diskBytesPerSecond;
            case COLD -> fixedSeconds + bytes / remoteBytesPerSecond;
        };
    }
}
