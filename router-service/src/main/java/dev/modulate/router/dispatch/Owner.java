package dev.modulate.router.dispatch;

import java.time.Duration;
import java.util.ArrayList;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The thread that owns a cell: drains a bounded inbox and rings its timers. Streams read no further than what was
 * handled, and answers are as many as calls the router owns, so a full inbox is a bug.
 */
public final class Owner implements Executor, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Owner.class);
    private static final int INBOX_MAX = 1_000_000;
    private static final int BATCH_MAX = 256;
    private static final long IDLE_NANOS_MAX = TimeUnit.SECONDS.toNanos(1);
    private static final Duration CLOSE_WAIT = Duration.ofSeconds(5);

    private final BlockingQueue<Runnable> inbox = new LinkedBlockingQueue<>(INBOX_MAX);
    private final Timers timers;
    private final Thread thread;
    private volatile boolean closed;

    public Owner(String name, Timers timers) {
        this.timers = timers;
        this.thread = Thread.ofPlatform().name(name).daemon().unstarted(this::drain);
    }

    public void start() {
        thread.start();
    }

    /** Runs the event on the owner thread, in order. Never blocks. */
    @Override
    public void execute(Runnable event) {
        if (!inbox.offer(event)) {
            throw new IllegalStateException("inbox: " + INBOX_MAX + " events wait (expected: fewer)");
        }
    }

    @Override
    public void close() {
        closed = true;
        inbox.offer(() -> {});
        try {
            thread.join(CLOSE_WAIT);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void drain() {
        var batch = new ArrayList<Runnable>(BATCH_MAX);
        while (!closed) {
            try {
                var first = inbox.poll(Math.min(ringGuarded(), IDLE_NANOS_MAX), TimeUnit.NANOSECONDS);
                if (first != null) {
                    batch.add(first);
                    inbox.drainTo(batch, BATCH_MAX - 1);
                    batch.forEach(Owner::runGuarded);
                    batch.clear();
                }
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    private long ringGuarded() {
        try {
            return timers.ring();
        } catch (RuntimeException e) {
            LOG.atError().setCause(e).log("a timer of the cell failed");
            return 0;
        }
    }

    private static void runGuarded(Runnable event) {
        try {
            event.run();
        } catch (RuntimeException e) {
            LOG.atError().setCause(e).log("an event of the cell failed");
        }
    }
}
