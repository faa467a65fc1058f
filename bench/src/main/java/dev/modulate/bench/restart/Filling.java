package dev.modulate.bench.restart;

import dev.modulate.resonate.machine.Entry;
import dev.modulate.resonate.machine.TaskEntry;
import dev.modulate.resonate.machine.Transition.Change;
import dev.modulate.resonate.machine.Transition.Kind;
import dev.modulate.resonate.machine.Transition.PromisePut;
import dev.modulate.resonate.protocol.PromiseState;
import dev.modulate.resonate.protocol.Tags;
import dev.modulate.resonate.protocol.TaskState;
import dev.modulate.resonate.protocol.Value;
import dev.modulate.resonate.store.PromiseStore;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Promises as a server would have stored them, with params and values that do not compress. */
final class Filling {
    private static final int VALUE_CHARS = 256;
    private static final int BATCH = 5_000;
    private static final long LIFE_MILLIS = 86_400_000;

    private final PromiseStore store;
    private final long nowMillis;
    private final Random random = new Random(1);

    Filling(PromiseStore store, long nowMillis) {
        this.store = store;
        this.nowMillis = nowMillis;
    }

    static String settledId(long number) {
        return "tenant_s%016x".formatted(number);
    }

    void settled(long from, long to) {
        put(from, to, number -> {
            var entry = pending(settledId(number), null);
            return new Entry(entry.origin(), PromiseState.RESOLVED, value(), nowMillis, null, Set.of(), Set.of());
        });
    }

    /** Half of them with a task that somebody holds. */
    void pending(long count) {
        put(0, count, number -> {
            var task = new TaskEntry(TaskState.ACQUIRED, 1, 0, LIFE_MILLIS, "executor", Long.MAX_VALUE, Set.of());
            return pending("tenant_p%016x".formatted(number), number % 2 == 0 ? null : task);
        });
    }

    private interface Making {
        Entry make(long number);
    }

    private void put(long from, long to, Making making) {
        List<Change> batch = new ArrayList<>();
        for (long number = from; number < to; number++) {
            batch.add(new PromisePut(making.make(number), Kind.CREATED));
            if (batch.size() == BATCH || number == to - 1) {
                store.commit(batch);
                batch.clear();
            }
        }
    }

    private Entry pending(String id, @Nullable TaskEntry task) {
        Map<String, String> tags = task == null ? Map.of() : Map.of(Tags.TARGET, "poll://any@workers");
        var origin = new Entry.Origin(id, value(), tags, nowMillis + LIFE_MILLIS, nowMillis);
        return new Entry(origin, PromiseState.PENDING, Value.EMPTY, null, task, Set.of(), Set.of());
    }

    private Value value() {
        byte[] bytes = new byte[VALUE_CHARS * 3 / 4];
        random.nextBytes(bytes);
        return new Value(Map.of(), Base64.getEncoder().encodeToString(bytes));
    }
}
