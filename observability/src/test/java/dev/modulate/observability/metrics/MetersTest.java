package dev.modulate.observability.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class MetersTest {
    @Test
    void measuresTheProcessItself() {
        assertThat(Meters.ofProcess().scrape()).contains("jvm_memory_used_bytes", "process_uptime_seconds");
    }

    @Test
    void servicesOfOneProcessTimePhasesAlike() {
        var registry = Meters.ofProcess();
        Timer.builder("modulate.invocation.phase")
                .tag("phase", "queued")
                .register(registry)
                .record(Duration.ofMillis(3));
        Timer.builder("modulate.invocation.phase")
                .tag("phase", "running")
                .publishPercentileHistogram()
                .register(registry)
                .record(Duration.ofMillis(3));
        assertThat(registry.scrape())
                .contains("modulate_invocation_phase_seconds_bucket{phase=\"queued\",le=\"0.005\"} 1")
                .contains("modulate_invocation_phase_seconds_bucket{phase=\"running\",le=\"0.005\"} 1");
    }
}
