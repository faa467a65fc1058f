package dev.modulate.resonate.lane;

import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Tells those who wait that their batch is durable, and sends its messages, batch after batch, while the writer is at the
 * next one. Whoever is told goes on in the same thread: at once with its next operation, as a rule.
 *
 * <p>A small batch is told by the writer itself when nobody else is telling, since waking a thread takes longer. One batch
 * is told and one may wait; then the writer waits too. A lock of its own guards whose turn it is.
 *
 * @param <B> a batch
 */
public final class Answers<B> {
    /** Calls that are told in the time in which another thread wakes up. */
    private static final int SMALL_MAX = 8;

    private final ToIntFunction<B> size;
    private final Consumer<B> say;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Thread thread;
    private @Nullable B next;
    private boolean telling;
    private boolean closed;

    /**
     * @param thread its name
     * @param size calls and messages of a batch
     * @param say tells all of a batch; must not throw
     */
    public Answers(String thread, ToIntFunction<B> size, Consumer<B> say) {
        this.size = size;
        this.say = say;
        this.thread = new Thread(this::run, thread);
    }

    public void start() {
        thread.start();
    }

    /** Called by the writer only. */
    public void tell(B batch) {
        if (!handed(batch)) {
            say.accept(batch);
        }
    }

    private boolean handed(B batch) {
        lock.lock();
        try {
            if (size.applyAsInt(batch) <= SMALL_MAX && next == null && !telling) {
                return false;
            }
            while (next != null) {
                changed.awaitUninterruptibly();
            }
            next = batch;
            changed.signalAll();
            return true;
        } finally {
            lock.unlock();
        }
    }

    private void run() {
        for (var batch = take(); batch != null; batch = take()) {
            say.accept(batch);
        }
    }

    /** Null when closed and everything was told. */
    private @Nullable B take() {
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

    /** Tells what it was handed, then ends; waits so long for it. */
    public void close(long millisMax) throws InterruptedException {
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
