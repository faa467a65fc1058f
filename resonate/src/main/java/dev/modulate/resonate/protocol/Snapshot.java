package dev.modulate.resonate.protocol;

import java.util.List;

/** All that a server in debug mode holds, as it is stored: a promise past its deadline may read pending. */
public record Snapshot(
        List<Promise> promises,
        List<Deadline> promiseTimeouts,
        List<Callback> callbacks,
        List<Listener> listeners,
        List<Task> tasks,
        List<TaskTimeout> taskTimeouts,
        List<Sent> messages) {
    public Snapshot {
        promises = List.copyOf(promises);
        promiseTimeouts = List.copyOf(promiseTimeouts);
        callbacks = List.copyOf(callbacks);
        listeners = List.copyOf(listeners);
        tasks = List.copyOf(tasks);
        taskTimeouts = List.copyOf(taskTimeouts);
        messages = List.copyOf(messages);
    }

    /** When a promise times out. */
    public record Deadline(String id, long atMillis) {}

    /** A task to resume when a promise settles. */
    public record Callback(String awaiter, String awaited) {}

    /** An address to tell when a promise settles. */
    public record Listener(String id, String address) {}

    /** When a message is sent again ({@link #RETRY}) or a lease ends ({@link #LEASE}). */
    public record TaskTimeout(String id, int type, long atMillis) {
        public static final int RETRY = 0;
        public static final int LEASE = 1;
    }

    /** The newest message of a task, or of a promise to an address. */
    public record Sent(String address, Message message) {}
}
