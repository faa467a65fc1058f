package dev.modulate.resonate.lane;

import dev.modulate.resonate.machine.Machine;
import dev.modulate.resonate.machine.Transition;
import dev.modulate.resonate.protocol.Reply;
import dev.modulate.resonate.protocol.Request;
import dev.modulate.resonate.protocol.ResonateUnavailableException;
import dev.modulate.resonate.store.PromiseStore;
import dev.modulate.resonate.store.StoreException;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The machine at work on the memory, and what of its doings is not durable yet: the open batch, which gathers, and the one
 * that is being written. Everything is called under the lane's lock.
 */
final class Stage {
    /** Operations that may wait for one commit; more are turned away. */
    static final int BATCH_MAX = 20_000;

    /** Characters of the promises that those operations answer with. */
    static final long BATCH_CHARS_MAX = 128L << 20;

    /** Time until an alarm is looked at again that could not be handled, so that it holds none of the others up. */
    private static final long UNFIT_PAUSE_MILLIS = 1_000;

    /** Signalled when there is something to write. */
    final Condition work;

    /** Signalled when a timer is set earlier than all others. */
    final Condition alarm;

    final Memory memory;
    final LaneTime time;
    private final Machine machine;
    private final @Nullable Debugger debugger;
    private final Touched touched = new Touched();
    private Batch open = new Batch(1);
    private @Nullable Batch writing;
    private long durable;
    private long changed;

    Stage(Machine machine, Memory memory, LaneTime time, ReentrantLock lock, @Nullable Debugger debugger) {
        this.machine = machine;
        this.memory = memory;
        this.time = time;
        this.debugger = debugger;
        this.work = lock.newCondition();
        this.alarm = lock.newCondition();
    }

    /** Reads what is pending. Nothing is taken over from before. */
    void recover() {
        long from = time.now(null);
        touched.forget();
        open = new Batch(open.number + 1);
        durable = open.number - 1;
        memory.recover(entry -> entry.restarted(from, machine.rules()), durable);
    }

    boolean full() {
        return open.size() >= BATCH_MAX || open.chars >= BATCH_CHARS_MAX;
    }

    /** An operation begins: {@link #durable} asks about it when it has ended. */
    void begin() {
        memory.look();
        changed = 0;
    }

    /** The operation counts as a change, whatever it did. */
    void change() {
        changed = open.number;
    }

    <A> Reply<A> apply(long nowMillis, Request<A> request) {
        var transition = machine.apply(nowMillis, memory, request);
        take(transition);
        return transition.reply();
    }

    /** True when everything that the operation saw and did since {@link #begin} is durable. */
    boolean durable() {
        return changed <= durable && memory.seen() <= durable;
    }

    /** Everything is deleted, for readers now and in the store with the open batch. */
    void empty() {
        touched.forget();
        open.empty();
        memory.empty(open.number);
    }

    /** @param reply what is held back meanwhile */
    void await(Reply<?> reply, Consumer<@Nullable ResonateUnavailableException> waiting) {
        open.chars += Sizes.chars(reply);
        await(waiting);
    }

    /** @param waiting told null when everything up to now is durable, else why it is not */
    void await(Consumer<@Nullable ResonateUnavailableException> waiting) {
        open.waiting.add(waiting);
        work.signal();
    }

    /**
     * Like {@link #await}, but told while the store still is as of the batch's end.
     *
     * @param view told with the time of that end
     */
    void view(Batch.View view) {
        open.views.add(view);
        work.signal();
    }

    /** Remembers what an operation changed, for readers now and for the writer next. */
    private void take(Transition<?> transition) {
        long next = memory.nextMillis();
        for (var change : transition.changes()) {
            memory.take(change, open.number);
            if (change.durable()) {
                open.changes.add(change);
                touched.add(change);
                changed = open.number;
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
    }

    /** Lets the next alarm that is due ring. False when there is none. */
    boolean ringPromise(long atMillis) {
        String id = memory.duePromise(atMillis);
        if (id == null) {
            return false;
        }
        long again = atMillis + UNFIT_PAUSE_MILLIS;
        try {
            take(machine.fire(atMillis, memory, id));
            again = atMillis;
        } catch (StoreException e) {
            again = atMillis;
            throw e;
        } finally {
            // Also when the store could not be read: the alarm must ring again. One that is at fault lets others pass.
            memory.rearm(id, again);
        }
        return true;
    }

    /** Runs the next schedules that are due. */
    void runSchedules(long atMillis, int schedulesMax) {
        var due = memory.dueSchedules(atMillis, schedulesMax);
        int ran = 0;
        try {
            while (ran < due.size()) {
                take(machine.run(atMillis, memory, due.get(ran)));
                ran++;
            }
        } finally {
            for (int i = 0; i < due.size(); i++) {
                memory.rearmSchedule(due.get(i), i == ran ? atMillis + UNFIT_PAUSE_MILLIS : atMillis);
            }
        }
    }

    /** Notes which trees something happens to from now on, or has and is not durable. */
    void watch() {
        touched.watch();
        open.changes.forEach(touched::add);
        if (writing != null) {
            writing.changes.forEach(touched::add);
        }
    }

    void unwatch() {
        touched.forget();
    }

    /**
     * Removes trees with the open batch, but for those that something happened to since the watch began.
     *
     * @return what will be removed
     */
    List<PromiseStore.Tree> remove(List<PromiseStore.Tree> found) {
        var untouched = touched.without(found);
        open.removals.addAll(untouched);
        if (!untouched.isEmpty()) {
            work.signal();
        }
        return untouched;
    }

    boolean idle() {
        return open.isEmpty();
    }

    /** Takes what has gathered, to be written. */
    Batch close() {
        var batch = open;
        open = new Batch(batch.number + 1);
        writing = batch;
        batch.endMillis = time.latest();
        return batch;
    }

    /** A later one may be being written by now, or have failed: what was read from the store since then stands. */
    void committed(Batch batch) {
        durable = Math.max(durable, batch.number);
        if (writing == batch) {
            writing = null;
        }
        memory.committed(batch);
    }

    /** What was being written is lost. Gives what has gathered meanwhile, which is lost too. */
    Batch failed() {
        var next = open;
        writing = null;
        open = new Batch(next.number + 1);
        // The timers' thread tries again when the first attempt to recover fails.
        alarm.signal();
        return next;
    }
}
