package dev.modulate.resonate.machine;

/**
 * What differs from one server to the next.
 *
 * @param retryMillis time after which the message of a task that nobody acquired is sent again
 */
public record Rules(long retryMillis) {
    public static final Rules DEFAULT = new Rules(1_000);

    public Rules {
        if (retryMillis <= 0) {
            throw new IllegalArgumentException("retryMillis: " + retryMillis + " (expected: > 0)");
        }
    }
}
