package dev.modulate.registry.catalog;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What to run and what it needs, as the caller wrote it: absent stays absent and zero stays zero, since the defaults
 * belong to those who run it. May hold anything; {@link SpecRules} says whether it may be stored. Two equal specs are
 * the same version.
 */
public record Spec(
        Code code,
        Resources resources,
        Running running,
        Retry retry,
        Scaling scaling,
        Placement placement,
        Map<String, String> environment,
        Map<String, String> labels) {
    public Spec {
        environment = Map.copyOf(environment);
        labels = Map.copyOf(labels);
    }

    /** @param inputMediaType empty takes anything */
    public record Code(FunctionRuntime runtime, String artifactSha256, String handler, String inputMediaType) {}

    public record Resources(
            long cpuMillis, long memoryBytes, @Nullable Accelerator accelerator) {}

    /** @param shareMilli compute of each device in thousandths; zero takes what there is */
    public record Accelerator(
            String model,
            long deviceCount,
            long deviceMemoryBytes,
            long shareMilli,
            String migProfile,
            DeviceLink link,
            DeviceIsolation isolation) {
        /** Whole devices, or memory on each. */
        public Accelerator(String model, long deviceCount, long deviceMemoryBytes) {
            this(model, deviceCount, deviceMemoryBytes, 0, "", DeviceLink.UNSPECIFIED, DeviceIsolation.UNSPECIFIED);
        }
    }

    public record Running(@Nullable Duration attemptTimeout, long instanceConcurrency, Durability durability) {}

    public record Retry(
            long attemptCountMax,
            @Nullable Duration initialBackoff,
            @Nullable Duration maxBackoff,
            double backoffMultiplier,
            List<String> retryableReasons) {
        public static final Retry NONE = new Retry(0, null, null, 0, List.of());

        public Retry {
            retryableReasons = List.copyOf(retryableReasons);
        }
    }

    public record Scaling(
            long instanceCountMin,
            long instanceCountMax,
            @Nullable Duration idleTimeout,
            long instanceCountPinned) {
        public static final Scaling DEFAULT = new Scaling(0, 0, null, 0);
    }

    /**
     * @param pool empty derives it from the resources
     * @param rule which nodes may run a call; empty means all
     * @param preferredRule which nodes should; empty prefers none
     */
    public record Placement(String pool, Map<String, String> requiredNodeLabels, String rule, String preferredRule) {
        public static final Placement ANYWHERE = new Placement("", Map.of(), "", "");

        public Placement {
            requiredNodeLabels = Map.copyOf(requiredNodeLabels);
        }
    }
}
