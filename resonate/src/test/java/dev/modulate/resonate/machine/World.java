package dev.modulate.resonate.machine;

import dev.modulate.resonate.protocol.Message;
import dev.modulate.resonate.protocol.Request;
import dev.modulate.resonate.protocol.Schedule;
import dev.modulate.resonate.protocol.Tags;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** Everything that a machine works on, in maps. Each transition is shown before it is taken over. */
final class World implements View {
    final NavigableMap<String, Entry> entries = new TreeMap<>();
    final NavigableMap<String, Schedule> schedules = new TreeMap<>();

    /** The newest message of each task, and of each promise to each address. */
    final Map<String, Delivery> outbox = new LinkedHashMap<>();

    long now = 1_000_000;
    private final Machine machine;
    private final BiConsumer<@Nullable Request<?>, Transition<?>> watcher;

    World(Rules rules, BiConsumer<@Nullable Request<?>, Transition<?>> watcher) {
        this.machine = new Machine(rules);
        this.watcher = watcher;
    }

    @Override
    public @Nullable Entry find(String id) {
        return entries.get(id);
    }

    @Override
    public NavigableMap<String, Schedule> schedules() {
        return schedules;
    }

    @Override
    public List<String> branch(String branch) {
        return entries.values().stream()
                .filter(entry -> branch.equals(entry.origin().tags().get(Tags.BRANCH)))
                .map(Entry::id)
                .toList();
    }

    void apply(Request<?> request) {
        take(request, machine.apply(now, this, request));
    }

    /** Lets everything ring that is due, in the order of its time. */
    void tick() {
        for (var due = due(); due != null; due = due()) {
            take(null, machine.fire(now, this, due.id()));
        }
        for (String id : List.copyOf(schedules.keySet())) {
            take(null, machine.run(now, this, id));
        }
    }

    private @Nullable Entry due() {
        Entry first = null;
        for (var entry : entries.values()) {
            if (entry.timerAtMillis() <= now && (first == null || entry.timerAtMillis() < first.timerAtMillis())) {
                first = entry;
            }
        }
        return first;
    }

    private void take(@Nullable Request<?> request, Transition<?> transition) {
        watcher.accept(request, transition);
        for (var change : transition.changes()) {
            switch (change) {
                case Transition.PromisePut put -> entries.put(put.entry().id(), put.entry());
                case Transition.SchedulePut put -> schedules.put(put.schedule().id(), put.schedule());
                case Transition.ScheduleDeleted deleted -> schedules.remove(deleted.id());
            }
        }
        for (var delivery : transition.deliveries()) {
            outbox.put(
                    switch (delivery.message()) {
                        case Message.Execute execute -> execute.taskId();
                        case Message.Unblock unblock -> unblock.promise().id() + " " + delivery.address();
                    },
                    delivery);
        }
    }
}
