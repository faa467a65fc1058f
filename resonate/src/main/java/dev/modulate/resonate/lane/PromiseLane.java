package dev.modulate.resonate.lane;

import dev.modulate.resonate.machine.Entry;
import dev.modulate.resonate.machine.Machine;
import dev.modulate.resonate.machine.Transition;
import dev.modulate.resonate.machine.View;
import dev.modulate.resonate.protocol.Reply;
import dev.modulate.resonate.protocol.Request;
import dev.modulate.resonate.protocol.ResonateUnavailableException;
import dev.modulate.resonate.store.PromiseStore;
import dev.modulate.resonate.store.StaleOwnerException;
import dev.modulate.resonate.store.StoreException;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
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
    private final Map<String, Live> live = new HashMap<>();
    private final Alarms alarms = new Alarms();
    private final SeeingView view = new SeeingView();
    private final Thread writer = new Thread(this::write, "resonate-writer");
    private final Thread timer = new Thread(this::ring, "resonate-timer");
    private Batch open = new Batch(1);
    private long durable;
    private long now;
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

    /**
     * An entry in memory: pending, or settled and not yet known to be durable.
     *
     * @param batch the batch of its last durable change
     */
    private record Live(Entry entry, long batch, Alarms.@Nullable Alarm alarm) {
        /** Without what the store has and memory need not hold. */
        Live slim(PromiseStore store) {
            return new Live(store.slim(entry), batch, alarm);
        }
    }

    public PromiseLane(Machine machine, PromiseStore store, Deliveries deliveries, InstantSource clock) {
        this.machine = machine;
        this.store = store;
        this.deliveries = deliveries;
        this.searches = new Searches(machine, store);
        this.clock = clock;
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
        live.clear();
        alarms.clear();
        open = new Batch(open.number + 1);
        durable = open.number - 1;
        long from = now();
        store.recover(entry -> remember(entry.restarted(from, machine.rules()), durable));
        state = State.SERVING;
        LOG.atInfo().addKeyValue("pending", live.size()).log("promises recovered");
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
            return live.size();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Applies an operation. The future completes on the writer's thread or the caller's, with
     * {@link ResonateUnavailableException} when the outcome cannot be vouched for.
     */
    public <A> CompletableFuture<Reply<A>> submit(Request<A> request) {
        var future = new CompletableFuture<Reply<A>>();
        if (request instanceof Request.PromiseSearch || request instanceof Request.TaskSearch) {
            search(request, future);
            return future;
        }
        Transition<A> transition;
        boolean waits;
        lock.lock();
        try {
            if (refused(future)) {
                return future;
            }
            view.seen = 0;
            transition = machine.apply(now(), view, request);
            take(transition);
            waits = view.seen > durable || transition.changes().stream().anyMatch(Transition.Change::durable);
            if (waits) {
                var reply = transition.reply();
                await(broken -> finish(future, reply, broken));
            }
        } catch (StoreException e) {
            fail(future, e);
            return future;
        } finally {
            lock.unlock();
        }
        if (!waits) {
            future.complete(transition.reply());
        }
        return future;
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
    private <A> void search(Request<A> request, CompletableFuture<Reply<A>> future) {
        lock.lock();
        try {
            if (refused(future)) {
                return;
            }
            long at = now();
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

    /** Under the lock: remembers what an operation changed, for readers now and for the writer next. */
    private void take(Transition<?> transition) {
        for (var change : transition.changes()) {
            boolean durably = change.durable();
            if (durably) {
                open.changes.add(change);
            }
            var before = live.get(change.entry().id());
            remember(change.entry(), durably || before == null ? open.number : before.batch());
        }
        if (!transition.deliveries().isEmpty()) {
            open.deliveries.addAll(transition.deliveries());
            work.signal();
        }
        if (!open.changes.isEmpty()) {
            work.signal();
        }
    }

    private void remember(Entry entry, long batch) {
        var before = live.get(entry.id());
        var set = alarms.set(before == null ? null : before.alarm(), entry.id(), entry.timerAtMillis());
        live.put(entry.id(), new Live(entry, batch, set));
        if (set != null && set.atMillis() <= alarms.nextMillis()) {
            alarm.signal();
        }
    }

    /** One clock reading per operation, and the clock never goes back. */
    private long now() {
        now = Math.max(now, clock.millis());
        return now;
    }

    private void write() {
        while (true) {
            var batch = gather();
            if (batch == null) {
                return;
            }
            try {
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
            for (var change : batch.changes) {
                var latest = live.get(change.entry().id());
                if (latest == null) {
                    continue;
                }
                if (latest.entry().pending()) {
                    live.put(change.entry().id(), latest.slim(store));
                } else if (latest.batch() <= batch.number) {
                    live.remove(change.entry().id());
                }
            }
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
        long at = now();
        for (int rung = 0; rung < ALARMS_AT_A_TIME; rung++) {
            var due = alarms.due(at);
            if (due == null) {
                return Math.clamp(alarms.nextMillis() - at, 1, 60_000);
            }
            var entry = live.get(due.id());
            if (entry != null) {
                live.put(due.id(), new Live(entry.entry(), entry.batch(), null));
                try {
                    take(machine.fire(at, view, due.id()));
                } finally {
                    // Also when the store could not be read: the alarm must ring again.
                    var after = live.get(due.id());
                    if (after != null && after.alarm() == null) {
                        remember(after.entry(), after.batch());
                    }
                }
            }
        }
        return 0;
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

    /** Memory first, then the store; notes how young the youngest change was that an operation saw. */
    private final class SeeingView implements View {
        long seen;

        @Override
        public @Nullable Entry find(String id) {
            var found = live.get(id);
            if (found == null) {
                return store.find(id);
            }
            seen = Math.max(seen, found.batch());
            return found.entry();
        }
    }
}
