package dev.modulate.resonate.history;

import dev.modulate.resonate.machine.Entry;
import dev.modulate.resonate.machine.View;
import dev.modulate.resonate.protocol.Schedule;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Everything at one moment. Never changes; equal when a client could not tell one from the other. */
final class ModelState implements View {
    /** Nothing is there, and nobody has said what time it is. */
    static final ModelState EMPTY = new ModelState(Long.MIN_VALUE, new TreeMap<>(), new TreeMap<>());

    private final long nowMillis;
    private final NavigableMap<String, Entry> entries;
    private final NavigableMap<String, Schedule> schedules;
    private final int hash;

    ModelState(long nowMillis, NavigableMap<String, Entry> entries, NavigableMap<String, Schedule> schedules) {
        this.nowMillis = nowMillis;
        this.entries = entries;
        this.schedules = schedules;
        this.hash = Objects.hash(nowMillis, entries, schedules);
    }

    /** The clock never goes back. */
    ModelState at(long millis) {
        return millis <= nowMillis ? this : new ModelState(millis, entries, schedules);
    }

    long nowMillis() {
        return nowMillis;
    }

    /** In id order; not to be changed. */
    NavigableMap<String, Entry> entries() {
        return entries;
    }

    /** In id order; not to be changed. */
    @Override
    public NavigableMap<String, Schedule> schedules() {
        return schedules;
    }

    @Override
    public @Nullable Entry find(String id) {
        return entries.get(id);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof ModelState state
                && hash == state.hash
                && nowMillis == state.nowMillis
                && entries.equals(state.entries)
                && schedules.equals(state.schedules);
    }

    @Override
    public int hashCode() {
        return hash;
    }

    @Override
    public String toString() {
        return "at " + nowMillis + " " + entries.values() + " " + schedules.values();
    }
}
