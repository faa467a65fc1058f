package dev.modulate.resonate.lane;

import dev.modulate.resonate.machine.Machine;
import dev.modulate.resonate.machine.Transition;
import dev.modulate.resonate.protocol.Answer;
import dev.modulate.resonate.protocol.Reply;
import dev.modulate.resonate.protocol.Request;
import dev.modulate.resonate.protocol.ResonateUnavailableException;
import dev.modulate.resonate.store.PromiseStore;
import dev.modulate.resonate.store.StaleOwnerException;
import dev.modulate.resonate.store.StoreException;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Applies operations to the machine one after the other, and answers each when all that it saw is durable.
 *
 * <p>A private lock guards everything; whoever submits applies its operation itself, which takes microseconds. One writer
 * thread takes what has gathered, commits it once and answers all. One timer thread lets alarms ring. Nothing is called
 * out to under the lock but the store's reads.
 *
 * <p>A commit that fails fails everything that was not durable yet; the lane then starts again from the store.
 */
public final class PromiseLane implements AutoCloseable {
    /** Operations that may wait for one commit; more are turned away. */
    private static final int BATCH_MAX = 20_000;

    private static final int ALARMS_AT_A_TIME = 500;
    private static final long RECOVERY_PAUSE_MILLIS = 1_000;
    private static final long PAUSE_MILLIS_MAX = 60_000;
    private static final long CLOSE_MILLIS_MAX = 10_000;

    private static final Logger LOG = LoggerFactory.getLogger(PromiseLane.class);

    private final Machine machine;
    private final PromiseStore store;
    private final Deliveries deliveries;
    private final Searches searches;
    private final LaneTime time;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition work = lock.newCondition();
    private final Condition alarm = lock.newCondition();
    private final Memory memory;
    private final Lookups lookups;
    private final @Nullable Debugger debugger;
    private final Thread writer = new Thread(this::write, "resonate-writer");
    private final Thread timer = new Thread(this::ring, "resonate-timer");
    private final Touched touched = new Touched();
    private Batch open = new Batch(1);
    private @Nullable Batch writing;
    private long durable;
    private LaneState state = LaneState.NEW;

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
        this.machine = machine;
        this.store = store;
        this.deliveries = deliveries;
        this.searches = new Searches(machine, store);
        this.time = new LaneTime(clock, time);
        this.memory = new Memory(store, machine.rules().preloadMax());
        this.lookups = new Lookups(machine, store, memory, lock, BATCH_MAX);
        this.debugger = time == Time.DEBUG ? new Debugger() : null;
    }

    /** Reads what is pending and serves. */
    public void start() {
        lock.lock();
        try {
            recover();
        } finally {
            lock.unlock();
        }
        lookups.start();
        writer.start();
        timer.start();
    }

    private void recover() {
        touched.forget();
        open = new Batch(open.number + 1);
        durable = open.number - 1;
        long from = time.now(null);
        memory.recover(entry -> entry.restarted(from, machine.rules()), durable);
        state = LaneState.SERVING;
        LOG.atInfo().addKeyValue("pending", memory.promises()).log("promises recovered");
    }

    /** True while operations are served. */
    public boolean serving() {
        lock.lock();
        try {
            return state == LaneState.SERVING && store.available();
        } finally {
            lock.unlock();
        }
    }

    /** Promises in memory. */
    public int pendingCount() {
        lock.lock();
        try {
            return memory.promises();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Applies an operation. The future completes on the writer's thread or the caller's, with
     * {@link ResonateUnavailableException} when the outcome cannot be vouched for.
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
            memory.look();
            long changed = open.number;
            if (debugger != null && request instanceof Request.Debug<A> debug) {
                reply = debug(debugger, debug, debugTimeMillis);
            } else {
                var transition = machine.apply(time.now(debugTimeMillis), memory, request);
                changed = take(transition) ? open.number : 0;
                reply = transition.reply();
            }
            if (changed > durable || memory.seen() > durable) {
                var waiting = reply;
                await(broken -> Outcomes.finish(future, waiting, broken));
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

    /** Under the lock. */
    @SuppressWarnings("unchecked") // Each branch answers what its request type says.
    private <A> Reply<A> debug(Debugger debugger, Request.Debug<A> request, @Nullable Long debugTimeMillis) {
        return (Reply<A>)
                switch (request) {
                    case Request.DebugStart start -> new Reply.Ok<>(200, new Answer.Done());
                    case Request.DebugStop stop -> new Reply.Ok<>(200, new Answer.Done());
                    case Request.DebugReset reset -> {
                        touched.forget();
                        open.empty();
                        memory.empty(open.number);
                        debugger.clear();
                        time.reset();
                        yield new Reply.Ok<>(200, new Answer.Done());
                    }
                    case Request.DebugTick tick -> tick(tick.timeMillis(), debugTimeMillis);
                    case Request.DebugSnap snap ->
                        new Reply.Ok<>(200, new Answer.OfSnapshot(debugger.snapshot(memory, store)));
                };
    }

    private Reply<Answer.Ticked> tick(long timeMillis, @Nullable Long debugTimeMillis) {
        if (debugTimeMillis != null && debugTimeMillis != timeMillis) {
            return new Reply.Refused<>(
                    400, "time: " + timeMillis + " (expected: resonate:debug_time " + debugTimeMillis + ")");
        }
        long at = time.now(timeMillis);
        while (ringPromise(at)) {
            // Each takes one alarm away or sets it later.
        }
        runSchedules(at);
        return new Reply.Ok<>(200, new Answer.Ticked());
    }

    /** Under the lock. True when the future was failed instead. */
    private boolean refused(CompletableFuture<?> future) {
        boolean full = open.size() >= BATCH_MAX;
        boolean serves = state == LaneState.SERVING && store.available();
        return (full || !serves) && Outcomes.refuse(future, state, full ? BATCH_MAX : 0);
    }

    /** A search reads a view that is opened once all before it is durable, away from the writer's thread. */
    private <A> void search(Request<A> request, @Nullable Long debugTimeMillis, CompletableFuture<Reply<A>> future) {
        lock.lock();
        try {
            if (refused(future)) {
                return;
            }
            time.now(debugTimeMillis);
            var batch = open;
            await(broken -> {
                if (broken != null) {
                    future.completeExceptionally(broken);
                } else {
                    searches.run(batch.endMillis, request, future);
                }
            });
        } finally {
            lock.unlock();
        }
    }

    private void await(java.util.function.Consumer<@Nullable ResonateUnavailableException> waiting) {
        open.waiting.add(waiting);
        work.signal();
    }

    /**
     * Under the lock: remembers what an operation changed, for readers now and for the writer next.
     *
     * @return true when there is something to store
     */
    private boolean take(Transition<?> transition) {
        long next = memory.nextMillis();
        boolean stores = false;
        for (var change : transition.changes()) {
            memory.take(change, open.number);
            if (change.durable()) {
                open.changes.add(change);
                touched.add(change);
                stores = true;
            }
        }
        if (!transition.deliveries().isEmpty()) {
            open.deliveries.addAll(transition.deliveries());
            if (debugger != null) {
                debugger.sent(transition.deliveries());
            }
        }
        if (!open.isEmpty()) {
            work.signal();
        }
        if (memory.nextMillis() < next) {
            alarm.signal();
        }
        return stores;
    }

    private void write() {
        while (true) {
            var batch = gather();
            if (batch == null) {
                return;
            }
            try {
                if (batch.emptiesStore) {
                    store.clear();
                }
                if (!batch.changes.isEmpty()) {
                    store.commit(batch.changes);
                }
                if (!batch.removals.isEmpty()) {
                    store.remove(batch.removals);
                }
            } catch (StoreException e) {
                breakDown(batch, e);
                continue;
            }
            committed(batch);
        }
    }

    /** Waits for work. Null when the lane is closed and everything was written. */
    private @Nullable Batch gather() {
        lock.lock();
        try {
            while (open.isEmpty()) {
                if (state == LaneState.CLOSED) {
                    return null;
                }
                work.awaitUninterruptibly();
            }
            var batch = open;
            open = new Batch(batch.number + 1);
            writing = batch;
            batch.endMillis = time.latest();
            return batch;
        } finally {
            lock.unlock();
        }
    }

    private void committed(Batch batch) {
        lock.lock();
        try {
            durable = batch.number;
            writing = null;
            memory.committed(batch);
        } finally {
            lock.unlock();
        }
        batch.waiting.forEach(waiting -> waiting.accept(null));
        batch.deliveries.forEach(deliveries::deliver);
    }

    private void breakDown(Batch batch, StoreException cause) {
        LOG.atError().setCause(cause).log("commit failed; promises are read again from the store");
        var unavailable = new ResonateUnavailableException("" + cause.getMessage(), cause);
        Batch next;
        lock.lock();
        try {
            next = open;
            writing = null;
            open = new Batch(next.number + 1);
            // The timer's thread tries again when the first attempt to recover fails.
            alarm.signal();
            if (state == LaneState.SERVING) {
                state = cause instanceof StaleOwnerException ? LaneState.STALE : LaneState.BROKEN;
            }
        } finally {
            lock.unlock();
        }
        batch.waiting.forEach(waiting -> waiting.accept(unavailable));
        next.waiting.forEach(waiting -> waiting.accept(unavailable));
        tryToRecover();
    }

    private void tryToRecover() {
        lock.lock();
        try {
            if (state == LaneState.BROKEN) {
                recover();
            }
        } catch (StaleOwnerException e) {
            LOG.atError().setCause(e).log("promises are no longer served");
            state = LaneState.STALE;
        } catch (StoreException e) {
            LOG.atError().setCause(e).log("promises cannot be read");
        } finally {
            lock.unlock();
        }
    }

    private void ring() {
        while (true) {
            lock.lock();
            try {
                if (state == LaneState.CLOSED) {
                    return;
                }
                if (state == LaneState.BROKEN) {
                    tryToRecover();
                }
                long wait = state == LaneState.SERVING ? ringOrPause() : RECOVERY_PAUSE_MILLIS;
                if (wait > 0) {
                    alarm.await(wait, TimeUnit.MILLISECONDS);
                }
            } catch (InterruptedException e) {
                return;
            } finally {
                lock.unlock();
            }
        }
    }

    private long ringOrPause() {
        try {
            return ringDue();
        } catch (StoreException e) {
            LOG.atError().setCause(e).log("a timer could not be handled");
            return RECOVERY_PAUSE_MILLIS;
        }
    }

    /** Lets due alarms ring, a bounded number at a time so that callers get in between. Milliseconds to the next. */
    private long ringDue() {
        if (debugger != null) {
            return PAUSE_MILLIS_MAX;
        }
        long at = time.now(null);
        int rung = 0;
        while (rung < ALARMS_AT_A_TIME && ringPromise(at)) {
            rung++;
        }
        runSchedules(at);
        return memory.nextMillis() <= at ? 0 : Math.min(memory.nextMillis() - at, PAUSE_MILLIS_MAX);
    }

    private boolean ringPromise(long at) {
        String id = memory.duePromise(at);
        if (id == null) {
            return false;
        }
        try {
            take(machine.fire(at, memory, id));
        } finally {
            // Also when the store could not be read: the alarm must ring again.
            memory.rearm(id);
        }
        return true;
    }

    private void runSchedules(long at) {
        for (String schedule : memory.dueSchedules(at)) {
            try {
                take(machine.run(at, memory, schedule));
            } finally {
                memory.rearmSchedule(schedule);
            }
        }
    }

    /**
     * Removes trees that a look at the store finds, but for those that something happened to meanwhile.
     *
     * @param look called on this thread, without the lock
     * @return promises that will be removed
     */
    int retire(Supplier<List<PromiseStore.Tree>> look) {
        lock.lock();
        try {
            if (state != LaneState.SERVING) {
                return 0;
            }
            touched.watch();
            open.changes.forEach(touched::add);
            if (writing != null) {
                writing.changes.forEach(touched::add);
            }
        } finally {
            lock.unlock();
        }
        var found = look.get();
        lock.lock();
        try {
            var untouched = touched.without(found);
            open.removals.addAll(untouched);
            if (!untouched.isEmpty()) {
                work.signal();
            }
            return untouched.stream().mapToInt(tree -> tree.members().size()).sum();
        } finally {
            lock.unlock();
        }
    }

    /** Writes what has gathered, then stops. Later operations fail. */
    @Override
    public void close() {
        lock.lock();
        try {
            state = LaneState.CLOSED;
            work.signal();
            alarm.signal();
        } finally {
            lock.unlock();
        }
        searches.close();
        try {
            lookups.close();
            writer.join(CLOSE_MILLIS_MAX);
            timer.join(CLOSE_MILLIS_MAX);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
