package dev.modulate.resonate.server;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/** How long operations took, by kind and status. */
final class OperationMeters {
    private static final String OPERATIONS = "modulate.resonate.operations";

    private final MeterRegistry meters;
    private final Map<Key, Timer> timers = new ConcurrentHashMap<>();

    private record Key(String kind, int status) {}

    OperationMeters(MeterRegistry meters) {
        this.meters = meters;
    }

    /** @param kind one of the protocol's, never a caller's own word */
    void record(String kind, int status, long nanos) {
        timers.computeIfAbsent(new Key(kind, status), this::timer).record(nanos, TimeUnit.NANOSECONDS);
    }

    private Timer timer(Key key) {
        return Timer.builder(OPERATIONS)
                .description("Promise operations, from arrival to the durable answer")
                .tags("kind", key.kind(), "status", Integer.toString(key.status()))
                .register(meters);
    }
}
