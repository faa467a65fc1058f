package dev.modulate.resonate.store.postgres;

import dev.modulate.resonate.machine.Entry;
import dev.modulate.resonate.machine.Transition.Change;
import dev.modulate.resonate.machine.Transition.Kind;
import dev.modulate.resonate.machine.Transition.PromisePut;
import dev.modulate.resonate.machine.Transition.ScheduleDeleted;
import dev.modulate.resonate.machine.Transition.SchedulePut;
import dev.modulate.resonate.protocol.Schedule;
import dev.modulate.resonate.store.RecordCodec;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A batch as rows: each promise and schedule once, as it is at the end. */
final class Rows {
    final List<Row> born = new ArrayList<>();
    final List<Row> changed = new ArrayList<>();
    final List<Schedule> scheduled = new ArrayList<>();
    final Set<String> unscheduled = new LinkedHashSet<>();

    record Row(Entry entry, boolean created) {
        String tree() {
            return entry.origin().tree();
        }

        byte[] origin() {
            return RecordCodec.origin(entry.origin());
        }

        byte[] state() {
            return RecordCodec.state(entry);
        }
    }

    Rows(List<Change> changes) {
        Map<String, Row> rows = new LinkedHashMap<>();
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
        for (var row : rows.values()) {
            (row.created() ? born : changed).add(row);
        }
    }

    private static void add(Map<String, Row> rows, PromisePut put) {
        var before = rows.get(put.entry().id());
        boolean created = put.kind() == Kind.CREATED || (before != null && before.created());
        rows.put(put.entry().id(), new Row(put.entry(), created));
    }

    boolean isEmpty() {
        return born.isEmpty() && changed.isEmpty() && scheduled.isEmpty() && unscheduled.isEmpty();
    }
}
