package dev.modulate.resonate.history;

import dev.modulate.resonate.machine.Entry;
import dev.modulate.resonate.machine.TaskEntry;
import dev.modulate.resonate.protocol.Promise;
import dev.modulate.resonate.protocol.Snapshot;
import dev.modulate.resonate.protocol.Task;
import dev.modulate.resonate.protocol.TaskState;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/** What {@code debug.snap} must show of a state, but for messages, which are no part of it. */
final class Snapshots {
    private final List<Promise> promises = new ArrayList<>();
    private final List<Snapshot.Deadline> deadlines = new ArrayList<>();
    private final List<Snapshot.Callback> callbacks = new ArrayList<>();
    private final List<Snapshot.Listener> listeners = new ArrayList<>();
    private final List<Task> tasks = new ArrayList<>();
    private final List<Snapshot.TaskTimeout> timeouts = new ArrayList<>();

    private Snapshots() {}

    /** @param entries in id order */
    static Snapshot of(Collection<Entry> entries) {
        var parts = new Snapshots();
        entries.forEach(parts::add);
        return new Snapshot(
                parts.promises,
                parts.deadlines,
                parts.callbacks,
                parts.listeners,
                parts.tasks,
                parts.timeouts,
                List.of());
    }

    static Snapshot withoutMessages(Snapshot snapshot) {
        return new Snapshot(
                snapshot.promises(),
                snapshot.promiseTimeouts(),
                snapshot.callbacks(),
                snapshot.listeners(),
                snapshot.tasks(),
                snapshot.taskTimeouts(),
                List.of());
    }

    private void add(Entry entry) {
        promises.add(entry.promise());
        if (entry.pending()) {
            deadlines.add(new Snapshot.Deadline(entry.id(), entry.origin().timeoutAtMillis()));
        }
        entry.awaiters().stream()
                .sorted()
                .map(awaiter -> new Snapshot.Callback(awaiter, entry.id()))
                .forEach(callbacks::add);
        entry.listeners().stream()
                .sorted()
                .map(address -> new Snapshot.Listener(entry.id(), address))
                .forEach(listeners::add);
        if (entry.task() != null) {
            add(entry.id(), entry.task());
        }
    }

    private void add(String id, TaskEntry task) {
        tasks.add(task.task(id));
        if (task.state() == TaskState.PENDING) {
            timeouts.add(new Snapshot.TaskTimeout(id, Snapshot.TaskTimeout.RETRY, task.timerAtMillis()));
        } else if (task.state() == TaskState.ACQUIRED) {
            timeouts.add(new Snapshot.TaskTimeout(id, Snapshot.TaskTimeout.LEASE, task.timerAtMillis()));
        }
    }
}
