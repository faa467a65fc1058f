package dev.modulate.registry.catalog;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What a spec must keep to. The first rule that is broken is told. */
public final class SpecRules {
    static final Duration ATTEMPT_TIMEOUT_MAX = Duration.ofDays(7);
    static final Duration BACKOFF_MAX = Duration.ofDays(1);
    static final Duration IDLE_TIMEOUT_MAX = Duration.ofDays(30);
    static final Duration INITIAL_BACKOFF_DEFAULT = Duration.ofSeconds(1);
    static final Duration BACKOFF_DEFAULT_MAX = Duration.ofSeconds(60);
    static final int ATTEMPTS_MAX = 100;
    static final int BACKOFF_MULTIPLIER_MAX = 100;
    static final int RETRYABLE_REASONS_MAX = 32;
    static final int INSTANCES_MAX = 1_000;
    static final int INSTANCE_CONCURRENCY_MAX = 1_000;
    static final long CPU_MILLIS_MAX = 1_024_000;
    static final long MEMORY_BYTES_MAX = 64L << 40;
    static final int ENVIRONMENT_MAX = 256;

    /** Keeps a spec far below the size of a message: entries carry several, and pages many. */
    static final int ENVIRONMENT_BYTES_MAX = 32 * 1024;

    static final int LABELS_MAX = 32;

    private static final String SPEC = "function.spec.";
    private static final Pattern DIGEST = Pattern.compile("[0-9a-f]{64}");
    private static final Pattern MODULE_FUNCTION =
            Pattern.compile("(?=.{3,256}$)[A-Za-z_][A-Za-z0-9_]*(\\.[A-Za-z_][A-Za-z0-9_]*)+");
    private static final Pattern FILE =
            Pattern.compile("(?=.{1,256}$)(?!.*(^|/)\\.{1,2}(/|$))[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)*");
    private static final Pattern MEDIA_TYPE =
            Pattern.compile("(?=.{0,128}$)([A-Za-z0-9!#$&^_.+-]+/[A-Za-z0-9!#$&^_.+-]+)?");
    private static final Pattern VARIABLE = Pattern.compile("(?!MODULATE_)[A-Za-z_][A-Za-z0-9_]{0,127}");
    private static final Pattern LABEL_KEY = Pattern.compile("[A-Za-z0-9]([A-Za-z0-9._/-]{0,61}[A-Za-z0-9])?");
    private static final Pattern LABEL_VALUE = Pattern.compile("[^\\p{Cntrl}]{0,256}");
    private static final Pattern REASON = Pattern.compile("[A-Z][A-Z0-9_]{0,62}");

    private SpecRules() {}

    /** Empty when the spec may be stored. */
    public static Optional<Violation> check(Spec spec) {
        var broken = new FirstViolation();
        checkCode(spec.code(), broken);
        checkResources(spec.resources(), broken);
        checkRunning(spec.running(), broken);
        checkRetry(spec.retry(), broken);
        checkScaling(spec, broken);
        checkPlacement(spec, broken);
        checkEnvironment(spec.environment(), broken);
        checkLabels("labels", spec.labels(), broken);
        return Optional.ofNullable(broken.violation);
    }

    /** True for a digest as it is written everywhere: SHA-256, 64 lower-case hex digits. */
    public static boolean isDigest(String text) {
        return DIGEST.matcher(text).matches();
    }

    private static void checkCode(Spec.Code code, FirstViolation broken) {
        broken.unless(code.runtime() != FunctionRuntime.UNKNOWN, "runtime", code.runtime(), "python or python_script");
        broken.unless(
                isDigest(code.artifactSha256()),
                "artifact_sha256",
                code.artifactSha256(),
                "the SHA-256 digest of an uploaded artifact, 64 lower-case hex digits");
        switch (code.runtime()) {
            case PYTHON -> broken.unless(MODULE_FUNCTION, "handler", code.handler(), "module.function");
            case PYTHON_SCRIPT ->
                broken.unless(FILE, "handler", code.handler(), "a file name inside the artifact, such as main.py");
            case UNKNOWN -> {}
        }
        broken.unless(
                MEDIA_TYPE,
                "input_media_type",
                code.inputMediaType(),
                "a media type such as application/json, or empty");
    }

    private static void checkResources(Spec.Resources resources, FirstViolation broken) {
        broken.outside(0, CPU_MILLIS_MAX, "resources.cpu_millis", resources.cpuMillis());
        broken.outside(0, MEMORY_BYTES_MAX, "resources.memory_bytes", resources.memoryBytes());
        var accelerator = resources.accelerator();
        if (accelerator != null) {
            AcceleratorRules.check(accelerator).ifPresent(broken::first);
        }
    }

    private static void checkRunning(Spec.Running running, FirstViolation broken) {
        broken.outside(Duration.ofMillis(1), ATTEMPT_TIMEOUT_MAX, "attempt_timeout", running.attemptTimeout());
        broken.outside(0, INSTANCE_CONCURRENCY_MAX, "instance_concurrency", running.instanceConcurrency());
        broken.unless(
                running.durability() != Durability.UNKNOWN,
                "durability",
                running.durability(),
                "durable or unspecified");
    }

    private static void checkRetry(Spec.Retry retry, FirstViolation broken) {
        broken.outside(0, ATTEMPTS_MAX, "retry_policy.attempt_count_max", retry.attemptCountMax());
        broken.outside(Duration.ZERO, BACKOFF_MAX, "retry_policy.initial_backoff", retry.initialBackoff());
        broken.outside(Duration.ZERO, BACKOFF_MAX, "retry_policy.max_backoff", retry.maxBackoff());
        var initial = retry.initialBackoff() == null ? INITIAL_BACKOFF_DEFAULT : retry.initialBackoff();
        var max = retry.maxBackoff() == null ? BACKOFF_DEFAULT_MAX : retry.maxBackoff();
        broken.unless(
                max.compareTo(initial) >= 0,
                "retry_policy.max_backoff",
                retry.maxBackoff() == null ? "absent: " + max : max,
                "at least initial_backoff, " + initial);
        double multiplier = retry.backoffMultiplier();
        broken.unless(
                multiplier == 0 || (multiplier >= 1 && multiplier <= BACKOFF_MULTIPLIER_MAX),
                "retry_policy.backoff_multiplier",
                multiplier,
                "0 or 1 to " + BACKOFF_MULTIPLIER_MAX);
        List<String> reasons = retry.retryableReasons();
        broken.unless(
                reasons.size() <= RETRYABLE_REASONS_MAX,
                "retry_policy.retryable_reasons",
                reasons.size() + " reasons",
                "at most " + RETRYABLE_REASONS_MAX);
        for (String reason : reasons) {
            broken.unless(REASON, "retry_policy.retryable_reasons", reason, "a reason such as FUNCTION_ERROR");
        }
    }

    private static void checkScaling(Spec spec, FirstViolation broken) {
        var scaling = spec.scaling();
        broken.outside(0, INSTANCES_MAX, "scaling.instance_count_min", scaling.instanceCountMin());
        broken.outside(0, INSTANCES_MAX, "scaling.instance_count_max", scaling.instanceCountMax());
        broken.unless(
                scaling.instanceCountMax() == 0 || scaling.instanceCountMax() >= scaling.instanceCountMin(),
                "scaling.instance_count_max",
                scaling.instanceCountMax(),
                "0 or at least instance_count_min, " + scaling.instanceCountMin());
        broken.outside(Duration.ZERO, IDLE_TIMEOUT_MAX, "scaling.idle_timeout", scaling.idleTimeout());
        broken.outside(0, INSTANCES_MAX, "scaling.instance_count_pinned", scaling.instanceCountPinned());
        broken.unless(
                scaling.instanceCountPinned() == 0 || spec.code().runtime() != FunctionRuntime.PYTHON_SCRIPT,
                "scaling.instance_count_pinned",
                scaling.instanceCountPinned(),
                "0 for a script, of which nothing stays warm");
    }

    private static void checkPlacement(Spec spec, FirstViolation broken) {
        String pool = spec.placement().pool();
        broken.unless(
                pool.isEmpty() || pool.equals("cpu") || pool.equals("gpu"),
                "placement.pool",
                pool,
                "cpu, gpu or empty");
        broken.unless(
                spec.resources().accelerator() == null || !pool.equals("cpu"),
                "placement.pool",
                pool,
                "gpu or empty, since resources.accelerator is set");
        checkLabels("placement.required_node_labels", spec.placement().requiredNodeLabels(), broken);
    }

    private static void checkEnvironment(Map<String, String> environment, FirstViolation broken) {
        broken.unless(
                environment.size() <= ENVIRONMENT_MAX,
                "environment",
                environment.size() + " variables",
                "at most " + ENVIRONMENT_MAX);
        int bytes = 0;
        for (var variable : environment.entrySet()) {
            broken.unless(
                    VARIABLE,
                    "environment",
                    variable.getKey(),
                    "names of letters, digits and underscores, at most 128, not starting with a digit or MODULATE_");
            broken.unless(
                    variable.getValue().indexOf('\0') < 0, "environment", variable.getKey(), "values without NUL");
            bytes += bytes(variable.getKey()) + bytes(variable.getValue());
        }
        broken.unless(
                bytes <= ENVIRONMENT_BYTES_MAX, "environment", bytes + " bytes", "at most " + ENVIRONMENT_BYTES_MAX);
    }

    private static void checkLabels(String field, Map<String, String> labels, FirstViolation broken) {
        broken.unless(labels.size() <= LABELS_MAX, field, labels.size() + " labels", "at most " + LABELS_MAX);
        for (var label : labels.entrySet()) {
            broken.unless(
                    LABEL_KEY,
                    field,
                    label.getKey(),
                    "keys of letters, digits, dots, dashes, underscores and slashes, 1 to 63 characters");
            broken.unless(
                    LABEL_VALUE, field, label.getValue(), "values of at most 256 characters, no control characters");
        }
    }

    private static int bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8).length;
    }

    /** Keeps the first rule that was broken. For one thread. */
    private static final class FirstViolation {
        private @Nullable Violation violation;

        void first(Violation next) {
            if (violation == null) {
                violation = next;
            }
        }

        void unless(boolean kept, String field, Object value, String rule) {
            if (!kept && violation == null) {
                violation = new Violation(SPEC + field, String.valueOf(value), rule);
            }
        }

        void unless(Pattern pattern, String field, String value, String rule) {
            unless(pattern.matcher(value).matches(), field, value, rule);
        }

        void outside(long min, long max, String field, long value) {
            unless(value >= min && value <= max, field, value, min + " to " + max);
        }

        void outside(Duration min, Duration max, String field, @Nullable Duration value) {
            if (value != null) {
                unless(
                        value.compareTo(min) >= 0 && value.compareTo(max) <= 0,
                        field,
                        value,
                        "from " + min + " to " + max);
            }
        }
    }
}
