package dev.modulate.resonate.durability;

import static org.assertj.core.api.Assertions.assertThat;

import dev.modulate.resonate.machine.Entry;
import dev.modulate.resonate.protocol.PromiseState;
import dev.modulate.resonate.protocol.TaskState;
import dev.modulate.resonate.store.PromiseStore;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** All that was ever answered, and whether a store still says so. */
final class Facts {
    private final Map<String, Fact> facts = new HashMap<>();

    synchronized void add(Fact fact) {
        facts.merge(fact.id(), fact, Fact::and);
    }

    synchronized int size() {
        return facts.size();
    }

    /** Every answer is kept, and every step is there whole or not at all. */
    synchronized void check(PromiseStore store) {
        var entries = new HashMap<String, Entry>();
        try (var scan = store.scan(null, false)) {
            for (var entry = scan.next(); entry != null; entry = scan.next()) {
                entries.put(entry.id(), entry);
            }
        }
        var wrong = new ArrayList<String>();
        for (var fact : facts.values()) {
            if (!kept(fact, entries.get(fact.id()))) {
                wrong.add("answered " + fact + ", stored " + entries.get(fact.id()));
            }
        }
        for (var entry : entries.values()) {
            halves(entry, entries, wrong);
        }
        assertThat(wrong.subList(0, Math.min(5, wrong.size())))
                .as("%d wrong of %d", wrong.size(), facts.size())
                .isEmpty();
    }

    private static boolean kept(Fact fact, @org.jspecify.annotations.Nullable Entry entry) {
        if (entry == null) {
            return false;
        }
        boolean task =
                fact.version() == 0 || (entry.task() != null && entry.task().version() >= fact.version());
        boolean value = fact.value() == null
                || (entry.state() == PromiseState.RESOLVED
                        && fact.value().equals(entry.value().data()));
        return task && value && ("p" + fact.id()).equals(entry.origin().param().data());
    }

    /** A suspend and a settle change two promises: neither is there without the other. */
    private static void halves(Entry entry, Map<String, Entry> entries, List<String> wrong) {
        for (String awaiter : entry.awaiters()) {
            var other = entries.get(awaiter);
            if (other == null || other.task() == null || !other.task().awaited().contains(entry.id())) {
                wrong.add(awaiter + " does not know that it awaits " + entry.id());
            }
        }
        var task = entry.task();
        if (task == null) {
            return;
        }
        for (String awaited : task.awaited()) {
            var other = entries.get(awaited);
            if (other == null || !other.pending() || !other.awaiters().contains(entry.id())) {
                wrong.add(entry.id() + " awaits " + awaited + ", which does not know or is settled");
            }
        }
        if ((task.state() == TaskState.FULFILLED) == entry.pending()
                || (task.state() == TaskState.SUSPENDED && task.awaited().isEmpty())) {
            wrong.add("task " + task.state() + " of " + entry);
        }
    }
}
