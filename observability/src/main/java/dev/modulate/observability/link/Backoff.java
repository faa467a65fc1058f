package dev.modulate.observability.link;

import java.time.Duration;
import java.util.random.RandomGenerator;

/** Pauses between tries: each twice the last, up to a bound, and spread over the upper half so that peers do not march in step. */
public record Backoff(Duration first, Duration max) {
    /** For streams between services. Short, since a peer that restarts is back in a second. */
    public static final Backoff OF_STREAMS = new Backoff(Duration.ofMillis(50), Duration.ofSeconds(2));

    public Backoff {
        if (first.isNegative() || first.isZero() || max.compareTo(first) < 0) {
            throw new IllegalArgumentException("backoff: " + first + " to " + max + " (expected: 0 < first <= max)");
        }
    }

    /** @param failures failures in a row so far, at least 1 */
    public Duration pause(int failures, RandomGenerator random) {
        int doublings = Math.min(Math.max(failures - 1, 0), 30);
        long full = Math.min(
                max.toNanos(), first.toNanos() << Math.min(doublings, Long.numberOfLeadingZeros(first.toNanos()) - 1));
        return Duration.ofNanos(full / 2 + random.nextLong(full / 2 + 1));
    }
}
