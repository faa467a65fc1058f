package dev.modulate.bench.promises;

import dev.modulate.resonate.lane.Answers;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The lane's writer without the machine: one thread takes what has gathered, commits it once and has all answered. The lock
 * guards what has gathered.
 */
final class BatchingWriter implements AutoCloseable {
    private static final long CLOSE_MILLIS_MAX = 10_000;

    private final Engine engine;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition work = lock.newCondition();
    private final Thread thread = new Thread(this::write, "raw-writer");
    private final Answers<List<Put>> answers =
            new Answers<>("raw-answers", List::size, batch -> batch.forEach(put -> put.done.complete(true)));
    private List<Put> open = new ArrayList<>();
    private boolean closed;

    /** Where records go. */
    interface Engine extends AutoCloseable {
        /** Returns when all are durable. */
        void commit(List<Put> puts) throws Exception;

        @Override
        void close();
    }

    /** One record, and who waits for it. */
    static final class Put {
        final String id;
        final byte[] body;
        final CompletableFuture<Boolean> done = new CompletableFuture<>();

        Put(String id, byte[] body) {
            this.id = id;
            this.body = body;
        }
    }

    private BatchingWriter(Engine engine) {
        this.engine = engine;
    }

    static BatchingWriter start(Engine engine) {
        var writer = new BatchingWriter(engine);
        writer.answers.start();
        writer.thread.start();
        return writer;
    }

    CompletableFuture<Boolean> put(String id, byte[] body) {
        var put = new Put(id, body);
        lock.lock();
        try {
            open.add(put);
            work.signal();
        } finally {
            lock.unlock();
        }
        return put.done;
    }

    private void write() {
        for (var batch = gather(); !batch.isEmpty(); batch = gather()) {
            try {
                engine.commit(batch);
            } catch (Exception e) {
                batch.forEach(put -> put.done.completeExceptionally(e));
                continue;
            }
            answers.tell(batch);
        }
    }

    /** Empty when closed. */
    private List<Put> gather() {
        lock.lock();
        try {
            while (open.isEmpty() && !closed) {
                work.awaitUninterruptibly();
            }
            var batch = open;
            open = new ArrayList<>();
            return batch;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            work.signal();
        } finally {
            lock.unlock();
        }
        try {
            thread.join();
            answers.close(CLOSE_MILLIS_MAX);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        engine.close();
    }
}
