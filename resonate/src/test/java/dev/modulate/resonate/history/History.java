package dev.modulate.resonate.history;

import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

/** Records calls with their intervals. Safe for any thread. */
final class History {
    private final AtomicLong order = new AtomicLong();
    private final ConcurrentLinkedQueue<Operation> operations = new ConcurrentLinkedQueue<>();

    Outcome record(int client, Call call, Supplier<Outcome> made) {
        long invoked = order.incrementAndGet();
        var outcome = made.get();
        operations.add(new Operation(client, call, outcome, invoked, order.incrementAndGet()));
        return outcome;
    }

    List<Operation> operations() {
        return List.copyOf(operations);
    }
}
