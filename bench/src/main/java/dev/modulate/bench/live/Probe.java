package dev.modulate.bench.live;

import io.micrometer.core.instrument.MeterRegistry;
import java.lang.management.ManagementFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * What this box does to anybody: a thread beside the router's that works for about ten microseconds, as often as a decision is made
 * and without touching memory, and is timed like one.
 */
final class Probe {
    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(2);
    private static final long WORK_NANOS = 10_000;
    private static final int CALIBRATED_ROUNDS = 20_000_000;

    private final TwoTimes times;
    private long state = 1;

    Probe(MeterRegistry meters) {
        this.times = new TwoTimes(meters, "probe");
    }

    void start() {
        Thread.ofPlatform().daemon().name("probe").start(this::run);
    }

    private void run() {
        var threads = ManagementFactory.getThreadMXBean();
        work(CALIBRATED_ROUNDS);
        long begun = threads.getCurrentThreadCpuTime();
        work(CALIBRATED_ROUNDS);
        double nanosARound = (double) (threads.getCurrentThreadCpuTime() - begun) / CALIBRATED_ROUNDS;
        int rounds = (int) (WORK_NANOS / nanosARound);
        while (state != 0) {
            LockSupport.parkNanos(PAUSE_NANOS);
            long wall = System.nanoTime();
            long cpu = threads.getCurrentThreadCpuTime();
            work(rounds);
            long cpuNanos = threads.getCurrentThreadCpuTime() - cpu;
            times.record(System.nanoTime() - wall, cpuNanos);
        }
    }

    private void work(int rounds) {
        long x = state;
        for (int i = 0; i < rounds; i++) {
            x ^= x << 13;
            x ^= x >>> 7;
            x ^= x << 17;
        }
        state = x;
    }
}
