package dev.modulate.observability.metrics;

import com.linecorp.armeria.common.prometheus.PrometheusMeterRegistries;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;

/** Makes the one registry of a process. */
public final class Meters {
    private Meters() {}

    /** A registry that already measures the process itself. */
    @SuppressWarnings("resource") // The GC listener lives as long as the process.
    public static PrometheusMeterRegistry ofProcess() {
        var registry = PrometheusMeterRegistries.newRegistry();
        new JvmMemoryMetrics().bindTo(registry);
        new JvmGcMetrics().bindTo(registry);
        new JvmThreadMetrics().bindTo(registry);
        new ProcessorMetrics().bindTo(registry);
        new UptimeMetrics().bindTo(registry);
        return registry;
    }
}
