package dev.modulate.bench.live;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Time of a benchmark. */
final class Pace {
    private static final long STEP_NANOS = TimeUnit.MILLISECONDS.toNanos(2);

    private Pace() {}

    /** Something to do, numbered from zero. */
    interface Step {
        void run(long number);
    }

    /** Runs it so often a second, in small bursts; returns how often it ran. */
    static long run(double perSecond, double seconds, Step step) {
        long start = System.nanoTime();
        long done = 0;
        while (true) {
            double elapsed = (System.nanoTime() - start) / 1e9;
            long due = (long) (Math.min(elapsed, seconds) * perSecond);
            for (; done < due; done++) {
                step.run(done);
            }
            if (elapsed >= seconds) {
                return done;
            }
            LockSupport.parkNanos(STEP_NANOS);
        }
    }

    /** False when it did not come true in time. */
    static boolean until(double secondsMax, BooleanSupplier condition) {
        long end = System.nanoTime() + (long) (secondsMax * 1e9);
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > end) {
                return false;
            }
            LockSupport.parkNanos(STEP_NANOS);
        }
        return true;
    }
}
