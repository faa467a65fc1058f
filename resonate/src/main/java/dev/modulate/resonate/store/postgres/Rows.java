package dev.modulate.resonate.store.postgres;

import dev.modulate.resonate.machine.Entry;
import dev.modulate.resonate.machine.Transition.Change;
import dev.modulate.resonate.machine.Transition.Kind;
import dev.modulate.resonate.store.RecordCodec;
import dev.modulate.resonate.store.Shards;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A batch as rows: each promise once, as it is at the end. */
final class Rows {
    final List<Row> born = new ArrayList<>();
    final List<Row> changed = new ArrayList<>();
    final BitSet shards = new BitSet(Shards.COUNT);

    record Row(Entry entry, boolean created) {
        byte[] origin() {
            return RecordCodec.origin(entry.origin());
        }

        byte[] state() {
            return RecordCodec.state(entry);
        }
    }

    Rows(List<Change> changes) {
        Map<String, Row> rows = new LinkedHashMap<>();
        for (var change : changes) {
            if (change.durable()) {
                var before = rows.get(change.entry().id());
                boolean created = change.kind() == Kind.CREATED || (before != null && before.created());
                rows.put(change.entry().id(), new Row(change.entry(), created));
            }
        }
        for (var row : rows.values()) {
            shards.set(Shards.of(row.entry().origin().tree()));
            (row.created() ? born : changed).add(row);
        }
    }

    boolean isEmpty() {
        return born.isEmpty() && changed.isEmpty();
    }
}
