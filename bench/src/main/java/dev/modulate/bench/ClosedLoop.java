package dev.modulate.bench;

import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A fixed number of calls in flight: each end starts the next. No threads of its own.
 *
 * @param perSecond calls that ended in a second
 * @param p50Nanos median time of one call
 * @param p99Nanos time that 1 % of calls exceed
 */
public record ClosedLoop(double perSecond, long p50Nanos, long p99Nanos) {
    private static final int SAMPLES_MAX = 2_000_000;
    private static final int SAMPLES_A_SECOND_MAX = 400_000;

    /**
     * Runs for a while.
     *
     * @throws IllegalStateException when a call fails: the figure would mean nothing
     */
    public static ClosedLoop run(int inFlight, double seconds, Supplier<CompletableFuture<?>> call)
            throws InterruptedException {
        var loop = new Loop(inFlight, (long) (seconds * 1e9), call);
        return loop.run();
    }

    private static final class Loop {
        private final int inFlight;
        private final long nanos;
        private final Supplier<CompletableFuture<?>> call;
        private final long[] samples;
        private final AtomicInteger count = new AtomicInteger();
        private final AtomicLong failures = new AtomicLong();
        private final AtomicReference<@Nullable Throwable> firstFailure = new AtomicReference<>();
        private final CountDownLatch ended;
        private final long start = System.nanoTime();

        Loop(int inFlight, long nanos, Supplier<CompletableFuture<?>> call) {
            this.inFlight = inFlight;
            this.nanos = nanos;
            this.call = call;
            this.samples = new long[(int) Math.min(SAMPLES_MAX, nanos / 1e9 * SAMPLES_A_SECOND_MAX)];
            this.ended = new CountDownLatch(inFlight);
        }

        ClosedLoop run() throws InterruptedException {
            for (int i = 0; i < inFlight; i++) {
                next();
            }
            ended.await();
            long took = System.nanoTime() - start;
            if (failures.get() > 0) {
                throw new IllegalStateException(failures.get() + " calls failed", firstFailure.get());
            }
            long[] sorted = Arrays.copyOf(samples, Math.min(count.get(), samples.length));
            Arrays.sort(sorted);
            return new ClosedLoop(
                    count.get() / (took / 1e9), sorted[sorted.length / 2], sorted[(int) (sorted.length * 0.99)]);
        }

        private void next() {
            // A loop, not recursion: calls that end at once would fill the stack.
            while (System.nanoTime() - start < nanos) {
                long began = System.nanoTime();
                var future = call.get();
                if (!future.isDone()) {
                    future.whenComplete((answer, failure) -> {
                        record(began, failure);
                        next();
                    });
                    return;
                }
                record(began, future.isCompletedExceptionally() ? future.exceptionNow() : null);
            }
            ended.countDown();
        }

        private void record(long began, @Nullable Throwable failure) {
            if (failure != null) {
                failures.incrementAndGet();
                firstFailure.compareAndSet(null, failure);
            }
            int index = count.getAndIncrement();
            if (index < samples.length) {
                samples[index] = System.nanoTime() - began;
            }
        }
    }
}
