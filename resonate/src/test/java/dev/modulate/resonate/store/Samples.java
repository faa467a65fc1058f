package dev.modulate.resonate.store;

import dev.modulate.resonate.machine.Entry;
import dev.modulate.resonate.machine.TaskEntry;
import dev.modulate.resonate.machine.Transition.Change;
import dev.modulate.resonate.machine.Transition.Kind;
import dev.modulate.resonate.machine.Transition.PromisePut;
import dev.modulate.resonate.protocol.PromiseState;
import dev.modulate.resonate.protocol.Schedule;
import dev.modulate.resonate.protocol.Tags;
import dev.modulate.resonate.protocol.TaskState;
import dev.modulate.resonate.protocol.Value;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Entries as the machine makes them. */
public final class Samples {
    public static final long CREATED_AT = 1_000;

    private Samples() {}

    public static Entry pending(String id) {
        return pending(id, "param of " + id);
    }

    public static Entry pending(String id, String param) {
        return pending(id, param, Map.of("k", "v"));
    }

    public static Entry pending(String id, String param, Map<String, String> tags) {
        var origin = new Entry.Origin(id, new Value(Map.of("h", "1"), param), tags, 90_000, CREATED_AT);
        return new Entry(origin, PromiseState.PENDING, Value.EMPTY, null, null, Set.of(), Set.of());
    }

    public static Entry child(String id, String tree) {
        return pending(id, "p", Map.of(Tags.ORIGIN, tree));
    }

    public static Entry tasked(String id) {
        var task = new TaskEntry(TaskState.ACQUIRED, 7, 2, 30_000L, "owner", Long.MAX_VALUE, Set.of("awaited"));
        var plain = pending(id, "p", Map.of(Tags.TARGET, "poll://any@w"));
        return new Entry(
                plain.origin(),
                PromiseState.PENDING,
                Value.EMPTY,
                null,
                task,
                Set.of("one", "two"),
                Set.of("poll://uni@a/b"));
    }

    public static Entry settled(Entry entry, @Nullable String value, long atMillis) {
        return new Entry(
                entry.origin(), PromiseState.RESOLVED, new Value(Map.of(), value), atMillis, null, Set.of(), Set.of());
    }

    public static Change created(Entry entry) {
        return new PromisePut(entry, Kind.CREATED);
    }

    public static Change changed(Entry entry) {
        return new PromisePut(entry, Kind.CHANGED);
    }

    public static Schedule schedule(String id, @Nullable Long lastRunAtMillis) {
        return new Schedule(
                id,
                "*/5 * * * *",
                "{{.id}}-{{.timestamp}}",
                60_000,
                new Value(Map.of("h", "1"), "p"),
                Map.of(Tags.TARGET, "poll://any@w"),
                CREATED_AT,
                300_000,
                lastRunAtMillis);
    }
}
