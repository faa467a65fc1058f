package dev.modulate.executor.run;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;

/** What is measured of runs. */
final class RunMeters {
    private static final String PHASE = "modulate.invocation.phase";
    private static final String ATTEMPTS = "modulate.executor.attempts";

    private final MeterRegistry meters;
    private final String pool;
    private final Timer starting;
    private final Timer running;
    private final Timer settling;

    RunMeters(MeterRegistry meters, String pool) {
        this.meters = meters;
        this.pool = pool;
        this.starting = phase("starting");
        this.running = phase("running");
        this.settling = phase("settling");
    }

    private Timer phase(String phase) {
        return Timer.builder(PHASE)
                .description("Time invocations spend in each phase")
                .tag("phase", phase)
                .publishPercentileHistogram()
                .register(meters);
    }

    void started(Duration since) {
        starting.record(since);
    }

    void ran(Duration duration) {
        running.record(duration);
    }

    void settled(Duration since) {
        settling.record(since);
    }

    /** @param outcome a bounded set of words: a failure's reason, or how else the attempt ended */
    void ended(String outcome) {
        Counter.builder(ATTEMPTS)
                .description("Attempts by how they ended on this node")
                .tags("pool", pool, "outcome", outcome)
                .register(meters)
                .increment();
    }
}
