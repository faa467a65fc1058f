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
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
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
    private final InstantSource clock;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition work = lock.newCondition();
    private final Condition alarm = lock.newCondition();
    private final Memory memory;
    private final @Nullable Debugger debugger;
    private final Thread writer = new Thread(this::write, "resonate-writer");
    private final Thread timer = new Thread(this::ring, "resonate-timer");
    private Batch open = new Batch(1);
    private long durable;
    private long now;
    /** A request has said what time it is, in debug mode; the clock is not read from then on. */
    private boolean toldTime;

    private State state = State.NEW;

    private enum State {
        NEW,
        SERVING,
        /** The last commit failed; nothing is served until the store was read again. */
        BROKEN,
        /** Another server has taken the promises over; nothing is served ever again. */
        STALE,
        CLOSED
    }

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
        this.clock = clock;
        this.memory = new Memory(store);
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
        writer.start();
        timer.start();
    }

    private void recover() {
        open = new Batch(open.number + 1);
        durable = open.number - 1;
        long from = now(null);
        memory.recover(entry -> entry.restarted(from, machine.rules()), durable);
        state = State.SERVING;
        LOG.atInfo().addKeyValue("pending", memory.promises()).log("promises recovered");
    }

    /** True while operations are served. */
    public boolean serving() {
        lock.lock();
        try {
            return state == State.SERVING && store.available();
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
            return future;
        }
        Reply<A> reply;
        lock.lock();
        try {
            if (refused(future)) {
                return future;
            }
            memory.look();
            long changed = open.number;
            if (debugger != null && request instanceof Request.Debug<A> debug) {
                reply = debug(debugger, debug, debugTimeMillis);
            } else {
                var transition = machine.apply(now(debugTimeMillis), memory, request);
                changed = take(transition) ? open.number : 0;
                reply = transition.reply();
            }
            if (changed > durable || memory.seen() > durable) {
                var waiting = reply;
                await(broken -> finish(future, waiting, broken));
                return future;
            }
        } catch (StoreException e) {
            fail(future, e);
            return future;
        } finally {
            lock.unlock();
        }
        future.complete(reply);
        return future;
    }

    /** Under the lock. */
    @SuppressWarnings("unchecked") // Each branch answers what its request type says.
    private <A> Reply<A> debug(Debugger debugger, Request.Debug<A> request, @Nullable Long debugTimeMillis) {
        return (Reply<A>)
                switch (request) {
                    case Request.DebugStart start -> new Reply.Ok<>(200, new Answer.Done());
                    case Request.DebugStop stop -> new Reply.Ok<>(200, new Answer.Done());
                    case Request.DebugReset reset -> {
                        open.empty();
                        memory.empty(open.number);
                        debugger.clear();
                        now = 0;
                        toldTime = false;
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
        long at = now(timeMillis);
        while (ringPromise(at)) {
            // Each takes one alarm away or sets it later.
        }
        runSchedules(at);
        return new Reply.Ok<>(200, new Answer.Ticked());
    }

    private static <A> void finish(
            CompletableFuture<Reply<A>> future, Reply<A> reply, @Nullable ResonateUnavailableException broken) {
        if (broken == null) {
            future.complete(reply);
        } else {
            future.completeExceptionally(broken);
        }
    }

    /** Under the lock. True when the future was failed instead. */
    private boolean refused(CompletableFuture<?> future) {
        if (state == State.STALE) {
            future.completeExceptionally(
                    new ResonateUnavailableException("another server has taken the promises over", null));
            return true;
        }
        if (state != State.SERVING || !store.available()) {
            future.completeExceptionally(new ResonateUnavailableException("promise store is not available", null));
            return true;
        }
        if (open.size() >= BATCH_MAX) {
            future.completeExceptionally(new ResonateUnavailableException(
                    "too many operations wait for the store (at most " + BATCH_MAX + ")", null));
            return true;
        }
        return false;
    }

    private static void fail(CompletableFuture<?> future, StoreException cause) {
        future.completeExceptionally(new ResonateUnavailableException("" + cause.getMessage(), cause));
    }

    /** A search reads a view that is opened once all before it is durable, away from the writer's thread. */
    private <A> void search(Request<A> request, @Nullable Long debugTimeMillis, CompletableFuture<Reply<A>> future) {
        lock.lock();
        try {
            if (refused(future)) {
                return;
            }
            long at = now(debugTimeMillis);
            await(broken -> {
                if (broken != null) {
                    future.completeExceptionally(broken);
                } else {
                    searches.run(at, request, future);
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

    /** One clock reading per operation, and the clock never goes back. */
    private long now(@Nullable Long debugTimeMillis) {
        if (debugger == null) {
            now = Math.max(now, clock.millis());
        } else if (debugTimeMillis != null) {
            now = toldTime ? Math.max(now, debugTimeMillis) : debugTimeMillis;
            toldTime = true;
        } else if (!toldTime) {
            now = clock.millis();
        }
        return now;
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
                if (state == State.CLOSED) {
                    return null;
                }
                work.awaitUninterruptibly();
            }
            var batch = open;
            open = new Batch(batch.number + 1);
            return batch;
        } finally {
            lock.unlock();
        }
    }

    private void committed(Batch batch) {
        lock.lock();
        try {
            durable = batch.number;
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
            open = new Batch(next.number + 1);
            if (state == State.SERVING) {
                state = cause instanceof StaleOwnerException ? State.STALE : State.BROKEN;
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
            if (state == State.BROKEN) {
                recover();
            }
        } catch (StaleOwnerException e) {
            LOG.atError().setCause(e).log("promises are no longer served");
            state = State.STALE;
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
                if (state == State.CLOSED) {
                    return;
                }
                if (state == State.BROKEN) {
                    tryToRecover();
                }
                long wait = state == State.SERVING ? ringOrPause() : RECOVERY_PAUSE_MILLIS;
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
        long at = now(null);
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

    /** Writes what has gathered, then stops. Later operations fail. */
    @Override
    public void close() {
        lock.lock();
        try {
            state = State.CLOSED;
            work.signal();
            alarm.signal();
        } finally {
            lock.unlock();
        }
        searches.close();
        try {
            writer.join(CLOSE_MILLIS_MAX);
            timer.join(CLOSE_MILLIS_MAX);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
