package dev.modulate.resonate.lane;

import dev.modulate.resonate.store.PromiseStore;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The thread that takes what has gathered, commits it once, and has all answered. It alone writes to the store. */
final class BatchWriter {
    private static final Logger LOG = LoggerFactory.getLogger(BatchWriter.class);

    private final ReentrantLock lock;
    private final Stage stage;
    private final Recovery recovery;
    private final PromiseStore store;
    private final Answers<Batch> answers;
    private final Thread thread = new Thread(this::run, "resonate-writer");

    /** @param lock the lane's */
    BatchWriter(ReentrantLock lock, Stage stage, Recovery recovery, PromiseStore store, Answers<Batch> answers) {
        this.lock = lock;
        this.stage = stage;
        this.recovery = recovery;
        this.store = store;
        this.answers = answers;
    }

    void start() {
        answers.start();
        thread.start();
    }

    private void run() {
        var batch = gather();
        while (batch != null) {
            try {
                write(batch);
            } catch (RuntimeException | Error e) {
                // Not the store's alone: who waits must hear of it, and without this thread nobody would.
                breakDown(batch, e);
                batch = gather();
                continue;
            }
            batch.open();
            // First, since whoever is told goes on with the next operation and holds the lock for it.
            var next = take();
            answers.tell(batch);
            batch = next == null ? gather() : next;
        }
    }

    /** What has gathered; null when that is nothing. */
    private @Nullable Batch take() {
        lock.lock();
        try {
            return stage.idle() ? null : stage.close();
        } finally {
            lock.unlock();
        }
    }

    /** Waits for work. Null when the lane is closed and everything was written. */
    private @Nullable Batch gather() {
        lock.lock();
        try {
            while (stage.idle()) {
                if (recovery.state() == LaneState.CLOSED) {
                    return null;
                }
                stage.work.awaitUninterruptibly();
            }
            return stage.close();
        } finally {
            lock.unlock();
        }
    }

    private void write(Batch batch) {
        if (batch.emptiesStore) {
            store.clear();
        }
        if (!batch.changes.isEmpty()) {
            store.commit(batch.changes);
        }
        if (!batch.removals.isEmpty()) {
            store.remove(batch.removals);
        }
    }

    private void breakDown(Batch batch, Throwable cause) {
        LOG.atError().setCause(cause).log("commit failed; promises are read again from the store");
        var unavailable = Outcomes.unavailable(cause);
        Batch next;
        lock.lock();
        try {
            next = stage.failed();
            recovery.failed(cause);
        } finally {
            lock.unlock();
        }
        batch.fail(unavailable);
        next.fail(unavailable);
        lock.lock();
        try {
            recovery.retry();
        } finally {
            lock.unlock();
        }
    }

    /** After the lane's last phase began: ends when everything is written and answered. */
    void join(long millisMax) throws InterruptedException {
        thread.join(millisMax);
        answers.close(millisMax);
    }
}
