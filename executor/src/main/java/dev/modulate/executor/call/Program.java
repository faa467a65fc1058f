package dev.modulate.executor.call;

import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * Code and how to run it: what an executor needs of a function's spec.
 *
 * @param functionKey function version, as in a residency
 * @param function {@code functions/{function}}, or empty for code that is not deployed
 * @param artifactSha256 digest in lower-case hex
 * @param retryableReasons failure reasons that are tried again; empty means all that are retryable
 */
public record Program(
        String functionKey,
        String tenant,
        String function,
        long version,
        Language language,
        String artifactSha256,
        String handler,
        Map<String, String> environment,
        Duration attemptTimeout,
        List<String> retryableReasons,
        Scaling scaling,
        Needs needs) {
    /** How the code is run. */
    public enum Language {
        PYTHON,
        PYTHON_SCRIPT,
        UNKNOWN
    }

    /** Instances on this node. */
    public record Scaling(int instancesMin, int instancesMax, Duration idleTimeout) {}

    /** What one execution holds, for the router's ledger. */
    public record Needs(int cpuMillis, long memoryBytes) {}

    public Program {
        environment = Map.copyOf(environment);
        retryableReasons = List.copyOf(retryableReasons);
    }

    /** Whether the function's policy lets this failure be tried again while attempts are left. */
    public boolean retries(Failure failure) {
        return failure.retryable()
                && (retryableReasons.isEmpty()
                        || retryableReasons.contains(failure.reason().name()));
    }
}
