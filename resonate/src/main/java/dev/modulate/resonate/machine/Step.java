package dev.modulate.resonate.machine;

import dev.modulate.resonate.machine.Transition.Change;
import dev.modulate.resonate.machine.Transition.Kind;
import dev.modulate.resonate.protocol.Message;
import dev.modulate.resonate.protocol.PromiseState;
import dev.modulate.resonate.protocol.Reply;
import dev.modulate.resonate.protocol.Tags;
import dev.modulate.resonate.protocol.TaskState;
import dev.modulate.resonate.protocol.Value;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One atomic step: reads see what the step itself wrote, and no promise is seen pending after its deadline. Lives as
 * long as one operation.
 */
final class Step {
    private final Rules rules;
    private final long now;
    private final View view;
    private final Map<String, Change> changes = new LinkedHashMap<>();
    private final List<Delivery> deliveries = new ArrayList<>(2);

    Step(Rules rules, long now, View view) {
        this.rules = rules;
        this.now = now;
        this.view = view;
    }

    long now() {
        return now;
    }

    /** The end of a stretch that starts at a time; never overflows. */
    static long plus(long atMillis, long stretchMillis) {
        return stretchMillis > Long.MAX_VALUE - atMillis ? Long.MAX_VALUE : atMillis + stretchMillis;
    }

    <A> Transition<A> end(Reply<A> reply) {
        return new Transition<>(reply, List.copyOf(changes.values()), List.copyOf(deliveries));
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
        changes.put(entry.id(), new Change(entry, created ? Kind.CREATED : kind));
        return entry;
    }

    /** Only a timer moved. */
    void putTimer(Entry entry) {
        var before = changes.get(entry.id());
        changes.put(entry.id(), new Change(entry, before == null ? Kind.TIMER : before.kind()));
    }

    /** Settles a pending promise with all that follows: its task, its awaiters, its listeners. */
    Entry settle(Entry entry, PromiseState state, Value value, long atMillis) {
        var settled = put(entry.settled(state, value, atMillis));
        if (entry.task() != null) {
            entry.task().awaited().forEach(awaited -> dropAwaiter(awaited, entry.id()));
        }
        for (String awaiter : sorted(entry.awaiters())) {
            resume(awaiter, entry.id());
        }
        for (String listener : sorted(entry.listeners())) {
            deliveries.add(new Delivery(listener, new Message.Unblock(settled.promise())));
        }
        return settled;
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

    private void resume(String awaiter, String awaited) {
        var entry = stored(awaiter);
        if (entry == null || entry.task() == null || !entry.pending()) {
            return;
        }
        if (entry.origin().timeoutAtMillis() <= now) {
            settle(entry, timedOut(entry), Value.EMPTY, entry.origin().timeoutAtMillis());
            return;
        }
        var task =
                entry.task().awaiting(without(entry.task().awaited(), awaited)).resumed();
        if (task.state() == TaskState.SUSPENDED) {
            for (String other : task.awaited()) {
                dropAwaiter(other, awaiter);
            }
            dispatch(entry.with(task.awaiting(Set.of())));
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

    /** Creates a promise that does not exist. */
    Entry create(String id, long timeoutAtMillis, Value param, Map<String, String> tags, @Nullable TaskEntry owned) {
        if (timeoutAtMillis <= now) {
            var origin = new Entry.Origin(id, param, tags, timeoutAtMillis, timeoutAtMillis);
            var task = tags.containsKey(Tags.TARGET) ? TaskEntry.born(Long.MAX_VALUE) : null;
            var entry = Entry.pending(origin, task);
            return put(entry.settled(timedOut(entry), Value.EMPTY, timeoutAtMillis), Kind.CREATED);
        }
        var origin = new Entry.Origin(id, param, tags, timeoutAtMillis, now);
        if (owned != null || !tags.containsKey(Tags.TARGET)) {
            return put(Entry.pending(origin, owned), Kind.CREATED);
        }
        long delay = Entry.delayMillis(tags);
        if (delay > now) {
            return put(Entry.pending(origin, TaskEntry.born(delay)), Kind.CREATED);
        }
        dispatch(put(Entry.pending(origin, TaskEntry.born(0)), Kind.CREATED));
        return present(id);
    }

    private Entry present(String id) {
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
