package dev.modulate.bench.promises;

import dev.modulate.bench.promises.BatchingWriter.Put;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Answers as the lane's are told: on a thread of their own while the next batch is written, but a few by the writer when
 * that thread has nothing to do. The lock guards whose turn it is.
 */
final class BatchAnswers {
    private static final int SMALL_MAX = 8;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Thread thread = new Thread(this::run, "raw-answers");
    private @Nullable List<Put> next;
    private boolean telling;
    private boolean closed;

    void start() {
        thread.start();
    }

    /** Called by the writer only. */
    void tell(List<Put> batch) {
        if (!handed(batch)) {
            say(batch);
        }
    }

    private boolean handed(List<Put> batch) {
        lock.lock();
        try {
            if (batch.size() <= SMALL_MAX && next == null && !telling) {
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

    private static void say(List<Put> batch) {
        batch.forEach(put -> put.done.complete(true));
    }

    private void run() {
        for (var batch = take(); batch != null; batch = take()) {
            say(batch);
        }
    }

    private @Nullable List<Put> take() {
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

    void close() throws InterruptedException {
        lock.lock();
        try {
            closed = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        thread.join();
    }
}
