package dev.modulate.resonate.lane;

import dev.modulate.resonate.machine.Delivery;
import dev.modulate.resonate.machine.Entry;
import dev.modulate.resonate.machine.TaskEntry;
import dev.modulate.resonate.protocol.Message;
import dev.modulate.resonate.protocol.Promise;
import dev.modulate.resonate.protocol.Snapshot;
import dev.modulate.resonate.protocol.Task;
import dev.modulate.resonate.store.PromiseStore;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * What a lane in debug mode keeps to be shown: the newest message of each task, and of each promise to each address.
 * Guarded by the lane's lock.
 */
final class Debugger {
    /** Older messages are forgotten. */
    private static final int MESSAGES_MAX = 100_000;

    private final Map<Key, Delivery> messages = new LinkedHashMap<>();

    /** @param address empty for a task's message */
    private record Key(String id, String address) {}

    void sent(List<Delivery> deliveries) {
        for (var delivery : deliveries) {
            messages.put(key(delivery), delivery);
        }
        var oldest = messages.keySet().iterator();
        for (int over = messages.size() - MESSAGES_MAX; over > 0; over--) {
            oldest.next();
            oldest.remove();
        }
    }

    private static Key key(Delivery delivery) {
        return switch (delivery.message()) {
            case Message.Execute execute -> new Key(execute.taskId(), "");
            case Message.Unblock unblock -> new Key(unblock.promise().id(), delivery.address());
        };
    }

    void clear() {
        messages.clear();
    }

    /** Everything, in id order; what is in memory is newer than what is in the store. */
    Snapshot snapshot(Memory memory, PromiseStore store) {
        NavigableMap<String, Entry> all = new TreeMap<>();
        if (!memory.emptying()) {
            try (var scan = store.scan(null, false)) {
                for (var entry = scan.next(); entry != null; entry = scan.next()) {
                    all.put(entry.id(), entry);
                }
            }
        }
        memory.entries().forEach(entry -> all.put(entry.id(), entry));
        var parts = new Parts();
        all.values().forEach(parts::add);
        var sent = messages.values().stream()
                .map(delivery -> new Snapshot.Sent(delivery.address(), delivery.message()))
                .toList();
        return new Snapshot(
                parts.promises, parts.deadlines, parts.callbacks, parts.listeners, parts.tasks, parts.timeouts, sent);
    }

    private static final class Parts {
        final List<Promise> promises = new ArrayList<>();
        final List<Snapshot.Deadline> deadlines = new ArrayList<>();
        final List<Snapshot.Callback> callbacks = new ArrayList<>();
        final List<Snapshot.Listener> listeners = new ArrayList<>();
        final List<Task> tasks = new ArrayList<>();
        final List<Snapshot.TaskTimeout> timeouts = new ArrayList<>();

        void add(Entry entry) {
            promises.add(entry.promise());
            if (entry.pending()) {
                deadlines.add(new Snapshot.Deadline(entry.id(), entry.origin().timeoutAtMillis()));
            }
            entry.awaiters().stream()
                    .sorted()
                    .forEach(awaiter -> callbacks.add(new Snapshot.Callback(awaiter, entry.id())));
            entry.listeners().stream()
                    .sorted()
                    .forEach(address -> listeners.add(new Snapshot.Listener(entry.id(), address)));
            if (entry.task() != null) {
                add(entry.id(), entry.task());
            }
        }

        private void add(String id, TaskEntry task) {
            tasks.add(task.task(id));
            switch (task.state()) {
                case PENDING ->
                    timeouts.add(new Snapshot.TaskTimeout(id, Snapshot.TaskTimeout.RETRY, task.timerAtMillis()));
                case ACQUIRED ->
                    timeouts.add(new Snapshot.TaskTimeout(id, Snapshot.TaskTimeout.LEASE, task.timerAtMillis()));
                case SUSPENDED, HALTED, FULFILLED -> {}
            }
        }
    }
}
