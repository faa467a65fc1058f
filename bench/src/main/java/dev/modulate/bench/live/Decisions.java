package dev.modulate.bench.live;

import java.io.IOException;

/** What the router says of the time of its decisions, over the times in which they are measured. */
final class Decisions {
    private static final String DECISION = "modulate_router_decision_seconds";

    private static final String PLACEMENTS = "modulate_router_placements_total";

    private final int port;
    private Histogram placed = new Histogram(new java.util.TreeMap<>());
    private Histogram waited = placed;

    Decisions(int port) {
        this.port = port;
    }

    /** What is decided while this runs counts. */
    void measure(String when, Runnable load) throws IOException, InterruptedException {
        var before = Scrape.of(port);
        load.run();
        var after = Scrape.of(port);
        var place = after.histogram(DECISION, "place").since(before.histogram(DECISION, "place"));
        var wait = after.histogram(DECISION, "wait").since(before.histogram(DECISION, "wait"));
        double warm = after.value(PLACEMENTS, "idle") - before.value(PLACEMENTS, "idle");
        System.out.printf(
                "%s: %.0f placed, %.0f of them warm, p50 %.0f us, p99 %.0f us; %.0f times nothing to do, p99 %.0f us (buckets)%n",
                when,
                place.count(),
                warm,
                place.quantileMicros(0.5),
                place.quantileMicros(0.99),
                wait.count(),
                wait.quantileMicros(0.99));
        placed = placed.plus(place);
        waited = waited.plus(wait);
    }

    void report(LiveReport report) {
        report.add("decision p99, a call placed", placed.quantileMicros(0.99), 50, 10, "us (bucket)");
        report.add("decision p99, nothing to do", waited.quantileMicros(0.99), 50, 10, "us (bucket)");
    }
}
