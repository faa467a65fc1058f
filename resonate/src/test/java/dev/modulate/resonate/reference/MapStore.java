package dev.modulate.resonate.reference;

import dev.modulate.resonate.machine.Entry;
import dev.modulate.resonate.machine.Transition.Change;
import dev.modulate.resonate.machine.Transition.PromisePut;
import dev.modulate.resonate.machine.Transition.ScheduleDeleted;
import dev.modulate.resonate.machine.Transition.SchedulePut;
import dev.modulate.resonate.protocol.Schedule;
import dev.modulate.resonate.store.PromiseStore;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A store that forgets everything with the process, so that tens of thousands of commits take no time. */
final class MapStore implements PromiseStore {
    private final ConcurrentNavigableMap<String, Entry> entries = new ConcurrentSkipListMap<>();
    private final ConcurrentNavigableMap<String, Schedule> schedules = new ConcurrentSkipListMap<>();

    NavigableMap<String, Entry> entries() {
        return entries;
    }

    @Override
    public @Nullable Entry find(String id) {
        return entries.get(id);
    }

    @Override
    public Map<String, Entry> findAll(Collection<String> ids) {
        var found = new HashMap<>(entries);
        found.keySet().retainAll(ids);
        return found;
    }

    @Override
    public boolean remote() {
        return false;
    }

    @Override
    public void commit(List<Change> changes) {
        for (var change : changes) {
            switch (change) {
                case PromisePut put -> entries.put(put.entry().id(), put.entry());
                case SchedulePut put -> schedules.put(put.schedule().id(), put.schedule());
                case ScheduleDeleted deleted -> schedules.remove(deleted.id());
            }
        }
    }

    @Override
    public void recover(Consumer<Entry> pending) {
        entries.values().stream().filter(Entry::pending).forEach(pending);
    }

    @Override
    public List<Schedule> schedules() {
        return List.copyOf(schedules.values());
    }

    @Override
    public void clear() {
        entries.clear();
        schedules.clear();
    }

    @Override
    public Scan scan(@Nullable String after, boolean pendingOnly) {
        var rest = List.copyOf((after == null ? entries : entries.tailMap(after, false)).values()).stream()
                .filter(entry -> !pendingOnly || entry.pending())
                .iterator();
        return new Scan() {
            @Override
            public @Nullable Entry next() {
                return rest.hasNext() ? rest.next() : null;
            }

            @Override
            public void close() {}
        };
    }

    @Override
    public Sweep sweep(@Nullable String after, long beforeMillis, int recordsMax) {
        return new Sweep(List.of(), null);
    }

    @Override
    public Tree rest(Tree part) {
        return new Tree(part.id(), List.of());
    }

    @Override
    public void remove(List<Tree> trees) {
        trees.forEach(tree -> tree.members().forEach(entries::remove));
    }

    @Override
    public boolean available() {
        return true;
    }

    @Override
    public void close() {}
}
