package dev.modulate.executor.lane;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One thread that owns mutable state and does everything to it, in the order it was asked. Nothing on it may block.
 *
 * <p>The inbox is bounded for whoever is not: streams are told no, function processes wait. What the executor asks of
 * itself always gets in, since it is bounded by the slots.
 */
public final class Lane implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Lane.class);
    private static final int INBOX_MAX = 10_000;
    private static final int BATCH_MAX = 256;
    private static final Duration TICK = Duration.ofMillis(50);
    private static final Duration ROOM_CHECK = Duration.ofMillis(1);
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(5);

    private final LinkedBlockingQueue<Runnable> inbox = new LinkedBlockingQueue<>();
    private final List<Runnable> ticks = new ArrayList<>();
    private final List<Runnable> batchEnds = new ArrayList<>();
    private final LongSupplier nanoTime;
    private final Thread thread;
    private volatile boolean closed;
    private long nextTickNanos;

    public Lane(String name, LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
        this.nextTickNanos = nanoTime.getAsLong();
        thread = Thread.ofPlatform().name(name).daemon(true).unstarted(this::loop);
    }

    /** Runs on the lane about twenty times a second. Before {@link #start}. */
    public void onTick(Runnable tick) {
        ticks.add(tick);
    }

    /** Runs on the lane when what has arrived is done. Before {@link #start}. */
    public void onBatchEnd(Runnable batchEnd) {
        batchEnds.add(batchEnd);
    }

    public void start() {
        thread.start();
    }

    /** False when the inbox is full; nothing happens then. */
    public boolean offer(Runnable work) {
        return inbox.size() < INBOX_MAX && inbox.add(work);
    }

    /** For work that is bounded already: completions of what the lane itself has started. */
    public void post(Runnable work) {
        inbox.add(work);
    }

    /** Waits for room; for threads that may block. */
    public void put(Runnable work) {
        while (inbox.size() >= INBOX_MAX && !closed) {
            LockSupport.parkNanos(ROOM_CHECK.toNanos());
        }
        inbox.add(work);
    }

    /** True on the lane's own thread. */
    public boolean here() {
        return Thread.currentThread() == thread;
    }

    /** Finishes what has arrived, then ends. */
    @Override
    public void close() {
        inbox.add(() -> closed = true);
        try {
            thread.join(CLOSE_TIMEOUT);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void loop() {
        while (!closed) {
            try {
                Runnable work = inbox.poll(TICK.toMillis(), TimeUnit.MILLISECONDS);
                for (int done = 0; work != null && done < BATCH_MAX; done++) {
                    run(work);
                    work = inbox.poll();
                }
                if (work != null) {
                    run(work);
                }
                tickWhenDue();
                batchEnds.forEach(this::run);
            } catch (InterruptedException e) {
                closed = true;
            }
        }
    }

    private void tickWhenDue() {
        long now = nanoTime.getAsLong();
        if (now - nextTickNanos >= 0) {
            nextTickNanos = now + TICK.toNanos();
            ticks.forEach(this::run);
        }
    }

    private void run(Runnable work) {
        try {
            work.run();
        } catch (RuntimeException | LinkageError e) {
            LOG.atError().setCause(e).log("bug on the lane");
        }
    }
}
