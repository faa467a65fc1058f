package dev.modulate.router.scheduling;

/** When to try again what failed: after a second, then after twice as long each time. */
final class Backoff {
    private static final double FIRST_SECONDS = 1;
    private static final double SECONDS_MAX = 300;

    private int failures;
    private long until;

    boolean over(long now) {
        return failures == 0 || now - until >= 0;
    }

    double remainingSeconds(long now) {
        return over(now) ? 0 : (until - now) / 1e9;
    }

    void failed(long now) {
        failures++;
        until = now + (long) (1e9 * Math.min(SECONDS_MAX, FIRST_SECONDS * Math.pow(2, failures - 1)));
    }

    void succeeded() {
        failures = 0;
    }
}
