package dev.modulate.router.wire;

import java.time.Duration;
import java.util.Set;
import java.util.random.RandomGenerator;

/**
 * Which failures of a function are tried again, and after which pause.
 *
 * @param attemptsMax the first one included
 * @param reasons empty means every failure that is marked retryable
 */
public record RetryRule(
        int attemptsMax, Duration initialPause, Duration maxPause, double multiplier, Set<String> reasons) {
    public RetryRule {
        reasons = Set.copyOf(reasons);
    }

    /** @param failures of the function so far, this one included */
    public boolean retries(AttemptFailure failure, int failures) {
        return failure.retryable()
                && failures < attemptsMax
                && (reasons.isEmpty() || reasons.contains(failure.reason()));
    }

    /** Whether the next failure is final. */
    public boolean isLast(int failuresSoFar) {
        return failuresSoFar + 1 >= attemptsMax;
    }

    /** The pause before the next attempt, spread by up to half. */
    public Duration pause(int failures, RandomGenerator random) {
        double full = initialPause.toMillis() * Math.pow(multiplier, Math.max(0, failures - 1));
        double bounded = Math.min(full, (double) maxPause.toMillis());
        return Duration.ofMillis(Math.max(1, Math.round(bounded * (0.5 + random.nextDouble()))));
    }
}
