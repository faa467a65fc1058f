package dev.modulate.observability.metrics;

import com.linecorp.armeria.common.prometheus.PrometheusMeterRegistries;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.core.instrument.config.MeterFilter;
import io.micrometer.core.instrument.distribution.DistributionStatisticConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Duration;
import java.util.stream.Stream;

/** Makes the one registry of a process. */
public final class Meters {
    private static final String PHASE = "modulate.invocation.phase";

    /** The server's pool for blocking work, which nothing here uses and which it registers once per server. */
    private static final String IDLE_THREADS = "armeria.executor";

    /** Of {@link #PHASE}: from a call to a warm instance to a batch job. */
    private static final double[] PHASE_BUCKETS = Stream.of(
                    Duration.ofMillis(1),
                    Duration.ofMillis(5),
                    Duration.ofMillis(20),
                    Duration.ofMillis(100),
                    Duration.ofMillis(500),
                    Duration.ofSeconds(2),
                    Duration.ofSeconds(10),
                    Duration.ofMinutes(1),
                    Duration.ofMinutes(10))
            .mapToDouble(Duration::toNanos)
            .toArray();

    private Meters() {}

    /** A registry that already measures the process itself. */
    @SuppressWarnings("resource") // The GC listener lives as long as the process.
    public static PrometheusMeterRegistry ofProcess() {
        var registry = PrometheusMeterRegistries.newRegistry();
        registry.config().meterFilter(sameBuckets()).meterFilter(MeterFilter.denyNameStartsWith(IDLE_THREADS));
        new JvmMemoryMetrics().bindTo(registry);
        new JvmGcMetrics().bindTo(registry);
        new JvmThreadMetrics().bindTo(registry);
        new ProcessorMetrics().bindTo(registry);
        new UptimeMetrics().bindTo(registry);
        return registry;
    }

    /** Several services time phases; in one process they must do it alike, or the whole page of metrics fails. */
    private static MeterFilter sameBuckets() {
        return new MeterFilter() {
            @Override
            public DistributionStatisticConfig configure(Meter.Id id, DistributionStatisticConfig config) {
                return id.getName().equals(PHASE)
                        ? DistributionStatisticConfig.builder()
                                .percentilesHistogram(false)
                                .serviceLevelObjectives(PHASE_BUCKETS)
                                .build()
                                .merge(config)
                        : config;
            }
        };
    }
}
