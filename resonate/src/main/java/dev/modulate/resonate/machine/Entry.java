package dev.modulate.resonate.machine;

import dev.modulate.resonate.protocol.Promise;
import dev.modulate.resonate.protocol.PromiseState;
import dev.modulate.resonate.protocol.Tags;
import dev.modulate.resonate.protocol.Value;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A promise with everything that hangs on it.
 *
 * @param origin the part that never changes
 * @param settledAtMillis null exactly while pending
 * @param task present exactly when there is a target
 * @param awaiters tasks to resume when the promise settles
 * @param listeners addresses to tell when the promise settles
 */
public record Entry(
        Origin origin,
        PromiseState state,
        Value value,
        @Nullable Long settledAtMillis,
        @Nullable TaskEntry task,
        Set<String> awaiters,
        Set<String> listeners) {
    /** Each is sent a message of its own, and all are in the record. */
    static final int LISTENERS_MAX = 5_000;

    static final int AWAITERS_MAX = 5_000;

    public Entry {
        awaiters = Set.copyOf(awaiters);
        listeners = Set.copyOf(listeners);
    }

    /**
     * What is fixed when a promise is created.
     *
     * @param source of the param, which need not be in memory
     */
    public record Origin(
            String id, Supplier<Value> source, Map<String, String> tags, long timeoutAtMillis, long createdAtMillis) {
        public Origin {
            tags = Map.copyOf(tags);
        }

        public Origin(String id, Value param, Map<String, String> tags, long timeoutAtMillis, long createdAtMillis) {
            this(id, new Held(param), tags, timeoutAtMillis, createdAtMillis);
        }

        public Value param() {
            return source.get();
        }

        /** Name of the tree that the promise belongs to. */
        public String tree() {
            // Stores divide names by NUL, which an id never holds but a tag may.
            return tags.getOrDefault(Tags.ORIGIN, id).replace('\0', '\uFFFD');
        }

        /** True for what may be awaited from outside the program that made it. */
        boolean external() {
            return targeted()
                    || timer()
                    || "true".equals(tags.get(Tags.EXTERNAL))
                    || "global".equals(tags.get(Tags.SCOPE));
        }

        boolean targeted() {
            return tags.containsKey(Tags.TARGET);
        }

        /** The same for a promise whose deadline had passed before anybody asked for it. */
        Origin bornLate() {
            return new Origin(id, source, tags, timeoutAtMillis, timeoutAtMillis);
        }

        boolean timer() {
            return "true".equals(tags.get(Tags.TIMER));
        }
    }

    /** A param in memory. */
    public record Held(Value value) implements Supplier<Value> {
        @Override
        public Value get() {
            return value;
        }
    }

    static Entry pending(Origin origin, @Nullable TaskEntry task) {
        return new Entry(origin, PromiseState.PENDING, Value.EMPTY, null, task, Set.of(), Set.of());
    }

    public String id() {
        return origin.id();
    }

    public boolean pending() {
        return state == PromiseState.PENDING;
    }

    /** True when something else changes with its settlement. */
    boolean followed() {
        return !awaiters.isEmpty()
                || !listeners.isEmpty()
                || (task != null && !task.awaited().isEmpty());
    }

    public Promise promise() {
        return new Promise(
                origin.id(),
                state,
                origin.param(),
                value,
                origin.tags(),
                origin.timeoutAtMillis(),
                origin.createdAtMillis(),
                settledAtMillis);
    }

    /** When a timer of this entry fires next; {@link Long#MAX_VALUE} for never. */
    public long timerAtMillis() {
        if (!pending()) {
            return Long.MAX_VALUE;
        }
        return task == null ? origin.timeoutAtMillis() : Math.min(origin.timeoutAtMillis(), task.timerAtMillis());
    }

    /** The same promise with another place for its param. */
    public Entry sourced(Supplier<Value> source) {
        var moved = new Origin(id(), source, origin.tags(), origin.timeoutAtMillis(), origin.createdAtMillis());
        return new Entry(moved, state, value, settledAtMillis, task, awaiters, listeners);
    }

    Entry settled(PromiseState state, Value value, long atMillis) {
        var done = task == null ? null : task.fulfilled();
        return new Entry(origin, state, value, atMillis, done, Set.of(), Set.of());
    }

    Entry with(TaskEntry task) {
        return new Entry(origin, state, value, settledAtMillis, task, awaiters, listeners);
    }

    Entry withAwaiters(Set<String> awaiters) {
        return new Entry(origin, state, value, settledAtMillis, task, awaiters, listeners);
    }

    Entry withListeners(Set<String> listeners) {
        return new Entry(origin, state, value, settledAtMillis, task, awaiters, listeners);
    }

    /**
     * As it is after a restart: the lease starts again in full, and the next message comes within the time of a retry, each
     * at a time of its own, so that those of all tasks do not come at once.
     */
    public Entry restarted(long nowMillis, Rules rules) {
        if (task == null) {
            return this;
        }
        long from = Math.max(nowMillis, delayMillis(origin.tags()));
        return switch (task.state()) {
            case PENDING -> {
                boolean sent = from == nowMillis || task.version() > 0;
                yield with(
                        task.timed(sent ? nowMillis + 1 + Math.floorMod(id().hashCode(), rules.retryMillis()) : from));
            }
            case ACQUIRED -> with(task.timed(Step.plus(nowMillis, task.leaseMillis())));
            case SUSPENDED, HALTED, FULFILLED -> this;
        };
    }

    static long delayMillis(Map<String, String> tags) {
        String delay = tags.get(Tags.DELAY);
        return delay == null ? Long.MIN_VALUE : Long.parseLong(delay);
    }
}
