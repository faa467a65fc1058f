package dev.modulate.resonate.machine;

/**
 * What differs from one server to the next.
 *
 * @param dialect which requests are refused, and what a number means as a day of the week
 * @param retryMillis time after which the message of a task that nobody acquired is sent again
 * @param leaseMillisMax longest lease that a caller may ask for
 * @param preloadMax promises of the same branch that are sent along with a task
 * @param missedRunsMax runs of one schedule that are made up for at a time; the others follow at once
 */
public record Rules(Dialect dialect, long retryMillis, long leaseMillisMax, int preloadMax, int missedRunsMax) {
    public static final Rules DEFAULT = new Rules(1_000);

    /** What {@link #preloadMax} is when nobody says. */
    public static final int PRELOAD_MAX = 20;

    private static final int MISSED_RUNS_MAX = 100;

    public Rules {
        positive("retryMillis", retryMillis);
        positive("leaseMillisMax", leaseMillisMax);
        positive("missedRunsMax", missedRunsMax);
        if (preloadMax < 0) {
            throw new IllegalArgumentException("preloadMax: " + preloadMax + " (expected: >= 0)");
        }
    }

    /** The defaults but for the time after which a message is sent again. */
    public Rules(long retryMillis) {
        this(Dialect.LENIENT, retryMillis, Long.MAX_VALUE, PRELOAD_MAX, MISSED_RUNS_MAX);
    }

    public Rules with(Dialect dialect) {
        return new Rules(dialect, retryMillis, leaseMillisMax, preloadMax, missedRunsMax);
    }

    /** With other limits of tasks. */
    public Rules with(long leaseMillisMax, int preloadMax) {
        return new Rules(dialect, retryMillis, leaseMillisMax, preloadMax, missedRunsMax);
    }

    boolean strict() {
        return dialect == Dialect.STRICT;
    }

    private static void positive(String name, long value) {
        if (value <= 0) {
            throw new IllegalArgumentException(name + ": " + value + " (expected: > 0)");
        }
    }
}
