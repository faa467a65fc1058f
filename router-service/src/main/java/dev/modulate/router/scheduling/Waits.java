package dev.modulate.router.scheduling;

/** How long calls have waited of late, and from when on one is too old. */
final class Waits {
    private static final double WEIGHT = 0.02;
    private static final double OLD_IN_MEANS = 4;

    private final double floorSeconds;
    private double meanSeconds;

    Waits(double floorSeconds) {
        this.floorSeconds = floorSeconds;
    }

    void waited(double seconds) {
        meanSeconds += WEIGHT * (seconds - meanSeconds);
    }

    double ageLimitSeconds() {
        return Math.max(floorSeconds, OLD_IN_MEANS * meanSeconds);
    }
}
