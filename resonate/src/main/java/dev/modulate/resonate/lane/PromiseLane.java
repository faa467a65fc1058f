package dev.modulate.resonate.lane;

import dev.modulate.resonate.machine.Machine;
import dev.modulate.resonate.protocol.Reply;
import dev.modulate.resonate.protocol.Request;
import dev.modulate.resonate.protocol.ResonateUnavailableException;
import dev.modulate.resonate.store.PromiseStore;
import dev.modulate.resonate.store.StoreException;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Applies operations to the machine one after the other, and answers each when all that it saw is durable.
 *
 * <p>A private lock guards everything; whoever submits applies its operation itself, which takes microseconds. A {@link
 * BatchWriter} commits what has gathered, {@link Answers} tells the callers meanwhile, {@link Timers} let alarms ring.
 * Nothing is called out to under the lock but the store's reads.
 *
 * <p>A commit that fails fails everything that was not durable yet; the lane then starts again from the store, which is
 * {@link Recovery}'s part.
 */
public final class PromiseLane implements AutoCloseable {
    private static final long CLOSE_MILLIS_MAX = 10_000;

    private final Searches searches;
    private final ReentrantLock lock = new ReentrantLock();
    private final Stage stage;
    private final Recovery recovery;
    private final Lookups lookups;
    private final BatchWriter writer;
    private final Timers timers;
    private final @Nullable DebugOperations debug;

    /** Where the time comes from. */
    public enum Time {
        /** From the clock. Debug operations are refused. */
        CLOCK,
        /** From the requests: no timer fires but by a {@link Request.DebugTick}. */
        DEBUG
    }

    public PromiseLane(Machine machine, PromiseStore store, Deliveries deliveries, InstantSource clock) {
        this(machine, store, deliveries, clock, Time.CLOCK);
    }

    public PromiseLane(Machine machine, PromiseStore store, Deliveries deliveries, InstantSource clock, Time time) {
        var debugger = time == Time.DEBUG ? new Debugger() : null;
        this.searches = new Searches(machine, store);
        var memory = new Memory(store, machine.rules().preloadMax());
        this.stage = new Stage(machine, memory, new LaneTime(clock, time), lock, debugger);
        this.recovery = new Recovery(stage, store);
        this.lookups = new Lookups(machine, store, memory, lock, Stage.BATCH_MAX);
        this.writer = new BatchWriter(
                lock,
                stage,
                recovery,
                store,
                new Answers<>("resonate-answers", Batch::answers, batch -> tell(batch, deliveries)));
        this.timers = new Timers(lock, stage, recovery, debugger != null);
        this.debug = debugger == null ? null : new DebugOperations(debugger, stage, store);
    }

    /** A batch is durable. Called for one after the other, in the order in which they were committed. */
    private void tell(Batch batch, Deliveries deliveries) {
        lock.lock();
        try {
            stage.committed(batch);
        } catch (RuntimeException | Error e) {
            // The batch is durable all the same, and nobody else tells those who wait.
            Outcomes.unexpected(e);
        } finally {
            lock.unlock();
        }
        batch.tell(deliveries);
    }

    /** Reads what is pending and serves. */
    public void start() {
        lock.lock();
        try {
            recovery.recover();
        } finally {
            lock.unlock();
        }
        lookups.start();
        writer.start();
        timers.start();
    }

    /** True while operations are served. */
    public boolean serving() {
        lock.lock();
        try {
            return recovery.serves();
        } finally {
            lock.unlock();
        }
    }

    /** Promises in memory. */
    public int pendingCount() {
        lock.lock();
        try {
            return stage.memory.promises();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Applies an operation. The future completes on a thread of the lane or the caller's, with
     * {@link ResonateUnavailableException} when the outcome cannot be vouched for. What hangs on it must not wait for
     * another operation.
     */
    public <A> CompletableFuture<Reply<A>> submit(Request<A> request) {
        return submit(request, null);
    }

    /** @param debugTimeMillis when the request comes; ignored unless the lane is in debug mode */
    public <A> CompletableFuture<Reply<A>> submit(Request<A> request, @Nullable Long debugTimeMillis) {
        var future = new CompletableFuture<Reply<A>>();
        if (request instanceof Request.PromiseSearch || request instanceof Request.TaskSearch) {
            search(request, debugTimeMillis, future);
        } else if (!lookups.take(
                request, () -> apply(request, debugTimeMillis, future), e -> Outcomes.fail(future, e))) {
            apply(request, debugTimeMillis, future);
        }
        return future;
    }

    private <A> void apply(Request<A> request, @Nullable Long debugTimeMillis, CompletableFuture<Reply<A>> future) {
        Reply<A> reply;
        lock.lock();
        try {
            if (refused(future)) {
                return;
            }
            stage.begin();
            if (debug != null && request instanceof Request.Debug<A> operation) {
                reply = debug.apply(operation, debugTimeMillis);
            } else {
                reply = stage.apply(stage.time.now(debugTimeMillis), request);
            }
            if (!stage.durable()) {
                var waiting = reply;
                stage.await(waiting, broken -> Outcomes.finish(future, waiting, broken));
                return;
            }
        } catch (StoreException e) {
            Outcomes.fail(future, e);
            return;
        } finally {
            lock.unlock();
        }
        future.complete(reply);
    }

    /** Under the lock. True when the future was failed instead. */
    private boolean refused(CompletableFuture<?> future) {
        boolean full = stage.full();
        return (full || !recovery.serves()) && Outcomes.refuse(future, recovery.state(), full ? Stage.BATCH_MAX : 0);
    }

    /** A search reads a view that is opened once all before it is durable, away from the writer's thread. */
    private <A> void search(Request<A> request, @Nullable Long debugTimeMillis, CompletableFuture<Reply<A>> future) {
        lock.lock();
        try {
            if (refused(future)) {
                return;
            }
            stage.time.now(debugTimeMillis);
            stage.view((endMillis, broken) -> {
                if (broken != null) {
                    future.completeExceptionally(broken);
                } else {
                    searches.run(endMillis, request, future);
                }
            });
        } finally {
            lock.unlock();
        }
    }

    /**
     * Removes trees that a look at the store finds, but for those that something happened to meanwhile. Returns when they are
     * gone.
     *
     * @param look called on this thread, without the lock
     * @param rest the next members of a tree that has more, likewise; without any it stays as it is
     * @return promises that were removed
     */
    int retire(Supplier<List<PromiseStore.Tree>> look, UnaryOperator<PromiseStore.Tree> rest) {
        if (!watch()) {
            return 0;
        }
        try {
            int removed = 0;
            var found = look.get();
            while (!found.isEmpty()) {
                found = remove(found);
                removed +=
                        found.stream().mapToInt(tree -> tree.members().size()).sum();
                found = found.stream()
                        .filter(PromiseStore.Tree::more)
                        .map(rest)
                        .filter(tree -> !tree.members().isEmpty())
                        .toList();
            }
            return removed;
        } finally {
            unwatch();
        }
    }

    private boolean watch() {
        lock.lock();
        try {
            boolean serving = recovery.state() == LaneState.SERVING;
            if (serving) {
                stage.watch();
            }
            return serving;
        } finally {
            lock.unlock();
        }
    }

    private void unwatch() {
        lock.lock();
        try {
            stage.unwatch();
        } finally {
            lock.unlock();
        }
    }

    /** Gives what it has removed. */
    private List<PromiseStore.Tree> remove(List<PromiseStore.Tree> found) {
        var gone = new CompletableFuture<Void>();
        List<PromiseStore.Tree> removed;
        lock.lock();
        try {
            removed = stage.remove(found);
            if (removed.isEmpty()) {
                return removed;
            }
            stage.await(broken -> Outcomes.finish(gone, broken));
        } finally {
            lock.unlock();
        }
        gone.join();
        return removed;
    }

    /** Writes what has gathered, then stops. Later operations fail. */
    @Override
    public void close() {
        lock.lock();
        try {
            recovery.close();
            stage.work.signal();
            stage.alarm.signal();
        } finally {
            lock.unlock();
        }
        searches.close();
        try {
            lookups.close();
            writer.join(CLOSE_MILLIS_MAX);
            timers.join(CLOSE_MILLIS_MAX);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
