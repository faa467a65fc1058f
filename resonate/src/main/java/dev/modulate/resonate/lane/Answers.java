package dev.modulate.resonate.lane;

import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Tells those who wait that their batch is durable, and sends its messages, batch after batch, while the writer is at the
 * next one. Whoever is told goes on in the same thread: at once with its next operation, as a rule.
 *
 * <p>A small batch is told by the writer itself when nobody else is telling, since waking a thread takes longer. One batch
 * is told and one may wait; then the writer waits too. A lock of its own guards whose turn it is.
 */
final class Answers {
    /** Calls that are told in the time in which another thread wakes up. */
    private static final int SMALL_MAX = 8;

    private final Deliveries deliveries;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Thread thread = new Thread(this::run, "resonate-answers");
    private @Nullable Batch next;
    private boolean telling;
    private boolean closed;

    Answers(Deliveries deliveries) {
        this.deliveries = deliveries;
    }

    void start() {
        thread.start();
    }

    /** Called by the writer only. */
    void tell(Batch batch) {
        if (batch.waiting.size() + batch.deliveries.size() > SMALL_MAX || !idle()) {
            hand(batch);
        } else {
            say(batch);
        }
    }

    private boolean idle() {
        lock.lock();
        try {
            return next == null && !telling;
        } finally {
            lock.unlock();
        }
    }

    private void hand(Batch batch) {
        lock.lock();
        try {
            while (next != null) {
                changed.awaitUninterruptibly();
            }
            next = batch;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void say(Batch batch) {
        batch.waiting.forEach(waiting -> waiting.accept(null));
        batch.deliveries.forEach(deliveries::deliver);
    }

    private void run() {
        for (var batch = take(); batch != null; batch = take()) {
            say(batch);
        }
    }

    /** Null when closed and everything was told. */
    private @Nullable Batch take() {
        lock.lock();
        try {
            telling = false;
            while (next == null && !closed) {
                changed.awaitUninterruptibly();
            }
            var batch = next;
            next = null;
            telling = batch != null;
            changed.signalAll();
            return batch;
        } finally {
            lock.unlock();
        }
    }

    void close(long millisMax) throws InterruptedException {
        lock.lock();
        try {
            closed = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        thread.join(millisMax);
    }
}
