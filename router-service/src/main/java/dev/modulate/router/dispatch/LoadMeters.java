package dev.modulate.router.dispatch;

import dev.modulate.router.scheduling.PinStanding;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.Collection;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** What is counted of loads that no call is bound to. Written by the cell's thread, read by whoever scrapes. */
final class LoadMeters {
    static final String LOADS = "modulate.router.loads";
    static final String LOAD = "modulate.router.load";
    static final String PINNED = "modulate.router.pinned";

    private final Map<Kind, Map<Outcome, Counter>> loads = new EnumMap<>(Kind.class);
    private final Map<Kind, Timer> times = new EnumMap<>(Kind.class);
    private final AtomicInteger wanted = new AtomicInteger();
    private final AtomicInteger kept = new AtomicInteger();
    private final AtomicInteger loading = new AtomicInteger();

    /** Why something is loaded. */
    enum Kind {
        /** Calls wait for it. */
        BACKGROUND,
        /** It stays, whether it is called or not. */
        PINNED
    }

    /** What became of an order. */
    enum Outcome {
        ORDERED,
        RESIDENT,
        FAILED,
        REFUSED,
        LOST
    }

    LoadMeters(MeterRegistry meters) {
        for (var kind : Kind.values()) {
            var byOutcome = new EnumMap<Outcome, Counter>(Outcome.class);
            for (var outcome : Outcome.values()) {
                byOutcome.put(
                        outcome,
                        Counter.builder(LOADS)
                                .description("Loads that no call is bound to, ordered and by what became of them")
                                .tags("kind", tag(kind), "outcome", tag(outcome))
                                .register(meters));
            }
            loads.put(kind, byOutcome);
            times.put(
                    kind,
                    Timer.builder(LOAD)
                            .description("Time from the order of a load until its node has it")
                            .tag("kind", tag(kind))
                            .publishPercentileHistogram()
                            .minimumExpectedValue(Duration.ofMillis(10))
                            .maximumExpectedValue(Duration.ofMinutes(10))
                            .register(meters));
        }
        copies(meters, "wanted", wanted);
        copies(meters, "kept", kept);
        copies(meters, "loading", loading);
    }

    private static void copies(MeterRegistry meters, String state, AtomicInteger count) {
        Gauge.builder(PINNED, count, AtomicInteger::get)
                .description("Copies of functions that are to stay warm, those that do, and those being loaded for it")
                .tag("state", state)
                .register(meters);
    }

    void count(Kind kind, Outcome outcome) {
        Objects.requireNonNull(Objects.requireNonNull(loads.get(kind)).get(outcome))
                .increment();
    }

    void loaded(Kind kind, long nanos) {
        count(kind, Outcome.RESIDENT);
        Objects.requireNonNull(times.get(kind)).record(nanos, TimeUnit.NANOSECONDS);
    }

    void pinned(Collection<PinStanding> standings) {
        wanted.set(standings.stream().mapToInt(PinStanding::wanted).sum());
        kept.set(standings.stream().mapToInt(PinStanding::kept).sum());
        loading.set(standings.stream().mapToInt(PinStanding::loading).sum());
    }

    private static String tag(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }
}
