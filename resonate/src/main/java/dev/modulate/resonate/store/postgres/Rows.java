package dev.modulate.resonate.store.postgres;

import dev.modulate.resonate.machine.Entry;
import dev.modulate.resonate.machine.Transition.Change;
import dev.modulate.resonate.machine.Transition.Kind;
import dev.modulate.resonate.machine.Transition.PromisePut;
import dev.modulate.resonate.machine.Transition.ScheduleDeleted;
import dev.modulate.resonate.machine.Transition.SchedulePut;
import dev.modulate.resonate.protocol.Schedule;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A batch as rows: each promise and schedule once, as it is at the end. */
final class Rows {
    /** New promises, some of them settled too. */
    final List<Entry> born = new ArrayList<>();

    /** Ids of the new ones that are pending. */
    final List<String> pending = new ArrayList<>();

    final List<Entry> settled = new ArrayList<>();

    /** Older ones that are still pending. */
    final List<Entry> changed = new ArrayList<>();

    final List<Schedule> scheduled = new ArrayList<>();
    final Set<String> unscheduled = new LinkedHashSet<>();

    private record Row(Entry entry, boolean created) {}

    Rows(List<Change> changes) {
        Map<String, Row> rows = LinkedHashMap.newLinkedHashMap(changes.size());
        Map<String, Schedule> put = new LinkedHashMap<>();
        for (var change : changes) {
            switch (change) {
                case PromisePut promise -> {
                    if (promise.durable()) {
                        add(rows, promise);
                    }
                }
                case SchedulePut schedule -> {
                    unscheduled.remove(schedule.schedule().id());
                    put.put(schedule.schedule().id(), schedule.schedule());
                }
                case ScheduleDeleted deleted -> {
                    put.remove(deleted.id());
                    unscheduled.add(deleted.id());
                }
            }
        }
        scheduled.addAll(put.values());
        rows.values().forEach(this::add);
    }

    private static void add(Map<String, Row> rows, PromisePut put) {
        var entry = put.entry();
        boolean created = put.kind() == Kind.CREATED;
        var before = rows.put(entry.id(), new Row(entry, created));
        if (before != null && before.created() && !created) {
            rows.put(entry.id(), new Row(entry, true));
        }
    }

    private void add(Row row) {
        var entry = row.entry();
        if (row.created()) {
            born.add(entry);
        }
        if (!entry.pending()) {
            settled.add(entry);
        } else if (row.created()) {
            pending.add(entry.id());
        } else {
            changed.add(entry);
        }
    }

    /** True when the rows are new ones of promises only. */
    boolean common() {
        return changed.isEmpty() && scheduled.isEmpty() && unscheduled.isEmpty();
    }

    boolean isEmpty() {
        return born.isEmpty() && settled.isEmpty() && common();
    }
}
