package dev.modulate.bench.live;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * How long decisions take, over the times in which they are measured. One decision is one answer of the scheduler: a call and
 * its node, or that nothing can be done about what was looked at. What follows from the first is noted once the node has the call.
 */
final class Decisions {
    private static final String DECISION = "modulate_router_decision_seconds";

    /** What came of it, and the probe that decides nothing. */
    private static final List<String> OUTCOMES = List.of("warm", "cold", "noted", "nothing", "probe");

    private static final double LIMIT_MICROS = 50;
    private static final double AIM_MICROS = 10;

    private final int port;
    private final Map<String, Histogram> wall = new LinkedHashMap<>();
    private final Map<String, Histogram> cpu = new LinkedHashMap<>();
    private Histogram placed = empty();
    private Histogram noted = empty();
    private Histogram waited = empty();

    Decisions(int port) {
        this.port = port;
    }

    private static Histogram empty() {
        return new Histogram(new TreeMap<>());
    }

    /** What is decided while this runs counts. */
    void measure(String when, Runnable load) throws IOException, InterruptedException {
        var before = Scrape.of(port);
        load.run();
        var after = Scrape.of(port);
        placed = placed.plus(between(before, after, DECISION, "place"));
        noted = noted.plus(between(before, after, DECISION, "note"));
        waited = waited.plus(between(before, after, DECISION, "wait")).plus(between(before, after, DECISION, "more"));
        for (String outcome : OUTCOMES) {
            var wallNow = between(before, after, TwoTimes.WALL, outcome);
            var cpuNow = between(before, after, TwoTimes.CPU, outcome);
            print(when, outcome, wallNow, cpuNow);
            wall.merge(outcome, wallNow, Histogram::plus);
            cpu.merge(outcome, cpuNow, Histogram::plus);
        }
    }

    private static Histogram between(Scrape before, Scrape after, String name, String outcome) {
        return after.histogram(name, outcome).since(before.histogram(name, outcome));
    }

    private static void print(String when, String outcome, Histogram wall, Histogram cpu) {
        System.out.printf(
                Locale.ROOT,
                "%-24s %-8s %8.0f times; us, buckets: wall p50 %.0f, p99 %.0f, p99.9 %.0f; CPU p50 %.0f, p99 %.0f, p99.9 %.0f%n",
                when,
                outcome,
                wall.count(),
                wall.quantileMicros(0.5),
                wall.quantileMicros(0.99),
                wall.quantileMicros(0.999),
                cpu.quantileMicros(0.5),
                cpu.quantileMicros(0.99),
                cpu.quantileMicros(0.999));
    }

    void report(LiveReport report) {
        report.add("decision p99, a call placed", placed.quantileMicros(0.99), LIMIT_MICROS, AIM_MICROS, "us (bucket)");
        report.add(
                "decision p99, what follows from it",
                noted.quantileMicros(0.99),
                LIMIT_MICROS,
                AIM_MICROS,
                "us (bucket)");
        report.add("decision p99, nothing to do", waited.quantileMicros(0.99), LIMIT_MICROS, AIM_MICROS, "us (bucket)");
        for (String outcome : OUTCOMES) {
            report.note(
                    "CPU p99, " + outcome, cpu.getOrDefault(outcome, empty()).quantileMicros(0.99), "us (bucket)");
        }
        var probe = wall.getOrDefault("probe", empty());
        report.note("wall p99 of 10 us of work by anybody", probe.quantileMicros(0.99), "us (bucket)");
        report.note("wall p99.9 of the same", probe.quantileMicros(0.999), "us (bucket)");
    }
}
