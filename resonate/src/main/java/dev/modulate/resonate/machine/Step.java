package dev.modulate.resonate.machine;

import dev.modulate.resonate.machine.Transition.Change;
import dev.modulate.resonate.machine.Transition.Kind;
import dev.modulate.resonate.machine.Transition.PromisePut;
import dev.modulate.resonate.protocol.Message;
import dev.modulate.resonate.protocol.Promise;
import dev.modulate.resonate.protocol.PromiseState;
import dev.modulate.resonate.protocol.Reply;
import dev.modulate.resonate.protocol.Schedule;
import dev.modulate.resonate.protocol.Tags;
import dev.modulate.resonate.protocol.TaskState;
import dev.modulate.resonate.protocol.Value;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One atomic step: reads see what the step itself wrote, and no promise is seen pending after its deadline. Lives as
 * long as one operation.
 */
final class Step {
    /** A reply must stay far below what a client reads. */
    private static final long PRELOAD_CHARS_MAX = 1 << 20;

    private final Rules rules;
    private final long now;
    private final View view;
    private final Map<String, PromisePut> changes = new LinkedHashMap<>();
    private @Nullable Change scheduleChange;
    private final List<Delivery> deliveries = new ArrayList<>(2);

    Step(Rules rules, long now, View view) {
        this.rules = rules;
        this.now = now;
        this.view = view;
    }

    long now() {
        return now;
    }

    Rules rules() {
        return rules;
    }

    /** The end of a stretch that starts at a time; never overflows. */
    static long plus(long atMillis, long stretchMillis) {
        return stretchMillis > Long.MAX_VALUE - atMillis ? Long.MAX_VALUE : atMillis + stretchMillis;
    }

    <A> Transition<A> end(Reply<A> reply) {
        List<Change> all = List.copyOf(changes.values());
        if (scheduleChange != null) {
            all = new ArrayList<>(all);
            all.add(scheduleChange);
        }
        return new Transition<>(reply, all, List.copyOf(deliveries));
    }

    /** Other promises of the same branch, as many as the rules allow: those that a replay needs first. */
    List<Promise> preload(Entry entry) {
        String branch = entry.origin().tags().get(Tags.BRANCH);
        if (branch == null || rules.preloadMax() == 0) {
            return List.of();
        }
        List<Promise> preload = new ArrayList<>();
        long chars = 0;
        for (String id : view.branch(branch)) {
            var other = id.equals(entry.id()) ? null : find(id);
            if (other != null && preload.size() < rules.preloadMax()) {
                var promise = other.promise();
                preload.add(promise);
                chars += promise.chars();
            }
            if (chars > PRELOAD_CHARS_MAX) {
                break;
            }
        }
        return preload;
    }

    NavigableMap<String, Schedule> schedules() {
        return view.schedules();
    }

    /** A step changes one schedule at most. */
    void put(Schedule schedule) {
        scheduleChange = new Transition.SchedulePut(schedule);
    }

    void deleteSchedule(String id) {
        scheduleChange = new Transition.ScheduleDeleted(id);
    }

    /** The entry as every operation must see it: settled if its deadline has passed. */
    @Nullable
    Entry find(String id) {
        var entry = stored(id);
        if (entry != null && entry.pending() && entry.origin().timeoutAtMillis() <= now) {
            return settle(entry, timedOut(entry), Value.EMPTY, entry.origin().timeoutAtMillis());
        }
        return entry;
    }

    private @Nullable Entry stored(String id) {
        var change = changes.get(id);
        return change == null ? view.find(id) : change.entry();
    }

    static PromiseState timedOut(Entry entry) {
        return entry.origin().timer() ? PromiseState.RESOLVED : PromiseState.REJECTED_TIMEDOUT;
    }

    Entry put(Entry entry) {
        return put(entry, Kind.CHANGED);
    }

    private Entry put(Entry entry, Kind kind) {
        var before = changes.get(entry.id());
        boolean created = before != null && before.kind() == Kind.CREATED;
        changes.put(entry.id(), new PromisePut(entry, created ? Kind.CREATED : kind));
        return entry;
    }

    /** Only a timer moved. */
    void putTimer(Entry entry) {
        var before = changes.get(entry.id());
        changes.put(entry.id(), new PromisePut(entry, before == null ? Kind.TIMER : before.kind()));
    }

    /** Settles a pending promise with all that follows: its task, its awaiters, its listeners. */
    Entry settle(Entry entry, PromiseState state, Value value, long atMillis) {
        var settled = put(entry.settled(state, value, atMillis));
        if (entry.followed()) {
            Deque<Entry> work = new ArrayDeque<>();
            work.add(entry);
            while (!work.isEmpty()) {
                follow(work.remove(), work);
            }
        }
        return settled;
    }

    /** @param work promises that turn out to be settled too; a chain of them may be long */
    private void follow(Entry before, Deque<Entry> work) {
        if (before.task() != null) {
            before.task().awaited().forEach(awaited -> dropAwaiter(awaited, before.id()));
        }
        for (String awaiter : sorted(before.awaiters())) {
            resume(awaiter, before.id(), work);
        }
        for (String listener : sorted(before.listeners())) {
            deliveries.add(new Delivery(
                    listener, new Message.Unblock(present(before.id()).promise())));
        }
    }

    private static List<String> sorted(Set<String> names) {
        return names.isEmpty() ? List.of() : names.stream().sorted().toList();
    }

    private void dropAwaiter(String awaited, String awaiter) {
        var entry = stored(awaited);
        if (entry != null && entry.awaiters().contains(awaiter)) {
            put(entry.withAwaiters(without(entry.awaiters(), awaiter)));
        }
    }

    private void resume(String awaiter, String awaited, Deque<Entry> work) {
        var entry = stored(awaiter);
        if (entry == null || entry.task() == null || !entry.pending()) {
            return;
        }
        if (entry.origin().timeoutAtMillis() <= now) {
            put(entry.settled(timedOut(entry), Value.EMPTY, entry.origin().timeoutAtMillis()));
            work.add(entry);
            return;
        }
        var task =
                entry.task().awaiting(without(entry.task().awaited(), awaited)).resumed();
        if (task.state() == TaskState.SUSPENDED) {
            dispatch(entry.with(task));
        } else {
            put(entry.with(task));
        }
    }

    /** Makes the task pending and sends its message now. */
    void dispatch(Entry entry) {
        var task = taskOf(entry);
        put(entry.with(task.pending(plus(now, rules.retryMillis()))));
        sendExecute(entry, task.version());
    }

    private void sendExecute(Entry entry, long version) {
        String target = entry.origin().tags().get(Tags.TARGET);
        if (target != null) {
            deliveries.add(new Delivery(target, new Message.Execute(entry.id(), version)));
        }
    }

    /** What a timer does when its time has come: sends the message again, or takes a lease that ran out. */
    void fire(Entry entry) {
        var task = entry.task();
        if (!entry.pending() || task == null || task.timerAtMillis() > now) {
            return;
        }
        switch (task.state()) {
            case PENDING -> {
                putTimer(entry.with(task.timed(plus(now, rules.retryMillis()))));
                sendExecute(entry, task.version());
            }
            case ACQUIRED -> dispatch(entry);
            case SUSPENDED, HALTED, FULFILLED -> {}
        }
    }

    /**
     * Creates a promise that does not exist.
     *
     * @param wanted its time of creation is the deadline instead if that has passed
     * @param owned its task if somebody owns it from the start
     */
    Entry create(Entry.Origin wanted, @Nullable TaskEntry owned) {
        boolean targeted = wanted.targeted();
        if (wanted.timeoutAtMillis() <= now) {
            var entry = Entry.pending(wanted.bornLate(), targeted ? TaskEntry.born(Long.MAX_VALUE) : null);
            return put(entry.settled(timedOut(entry), Value.EMPTY, wanted.timeoutAtMillis()), Kind.CREATED);
        }
        if (owned != null || !targeted) {
            return put(Entry.pending(wanted, owned), Kind.CREATED);
        }
        long delay = Entry.delayMillis(wanted.tags());
        if (delay > now) {
            return put(Entry.pending(wanted, TaskEntry.born(delay)), Kind.CREATED);
        }
        dispatch(put(Entry.pending(wanted, TaskEntry.born(0)), Kind.CREATED));
        return present(wanted.id());
    }

    /** An entry that this step has seen before. */
    Entry present(String id) {
        var entry = stored(id);
        if (entry == null) {
            throw new IllegalStateException("no entry " + id);
        }
        return entry;
    }

    static TaskEntry taskOf(Entry entry) {
        var task = entry.task();
        if (task == null) {
            throw new IllegalStateException("no task " + entry.id());
        }
        return task;
    }

    static Set<String> with(Set<String> names, String name) {
        if (names.contains(name)) {
            return names;
        }
        var more = new HashSet<>(names);
        more.add(name);
        return more;
    }

    static Set<String> without(Set<String> names, String name) {
        if (!names.contains(name)) {
            return names;
        }
        var fewer = new HashSet<>(names);
        fewer.remove(name);
        return fewer;
    }
}
