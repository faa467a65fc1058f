package dev.modulate.bench.live;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/** Wall and CPU time of one thing, as histograms on the process's metrics page. */
final class TwoTimes {
    static final String WALL = "modulate_bench_wall_seconds";
    static final String CPU = "modulate_bench_cpu_seconds";
    static final long NOT_ASKED = -1;

    private static final Duration[] BUCKETS = IntStream.of(
                    2, 3, 5, 7, 10, 15, 20, 25, 30, 35, 40, 45, 50, 60, 75, 100, 150, 200, 300, 500, 1_000, 2_000,
                    5_000, 10_000)
            .mapToObj(micros -> Duration.ofNanos(micros * 1_000L))
            .toArray(Duration[]::new);

    private final Timer wall;
    private final Timer cpu;

    TwoTimes(MeterRegistry meters, String outcome) {
        this.wall = timer(meters, "modulate.bench.wall", outcome);
        this.cpu = timer(meters, "modulate.bench.cpu", outcome);
    }

    private static Timer timer(MeterRegistry meters, String name, String outcome) {
        return Timer.builder(name)
                .tag("outcome", outcome)
                .serviceLevelObjectives(BUCKETS)
                .register(meters);
    }

    /** @param cpuNanos or {@link #NOT_ASKED} */
    void record(long wallNanos, long cpuNanos) {
        wall.record(wallNanos, TimeUnit.NANOSECONDS);
        if (cpuNanos != NOT_ASKED) {
            cpu.record(cpuNanos, TimeUnit.NANOSECONDS);
        }
    }
}
