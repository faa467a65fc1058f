package dev.modulate.bench.live;

import java.io.IOException;
import java.util.List;

/**
 * A fleet under load: how long a decision takes, how long a slot that came free stays empty, and a dead executor stays in.
 * First every slot is taken and calls of the same functions wait, so that a slot that comes free can be used at once; then
 * three slots of ten are free and ten times as many functions are called, so that many calls start cold.
 */
final class Dispatches {
    private static final int BACKLOG = 500;
    private static final int FEW_FUNCTIONS = 20;
    private static final int MANY_FUNCTIONS = 200;
    private static final double ROOMY = 0.7;
    private static final double PER_SECOND = 100;
    private static final int DEATHS = 30;

    /**
     * A JVM that has just started interprets, then counts what it runs, and throws away what it has compiled when another path is
     * taken: nothing is measured before fleets like the one that is measured have made it compile both parts.
     */
    private static final int WARM_UPS = 2;

    private static final double WARM_UP_PER_SECOND = 500;
    private static final double WARM_UP_SECONDS = 20;

    /** Before each part: at the rate that is measured it would take a minute to compile something again. */
    private static final double AGAIN_SECONDS = 15;

    private static final double SETTLE_SECONDS = 3;

    private final int port;
    private final int executors;

    Dispatches(int port, int executors) {
        this.port = port;
        this.executors = executors;
    }

    void run(double seconds, LiveReport report) throws IOException, InterruptedException {
        var decisions = new Decisions(port);
        for (int round = 0; round < WARM_UPS; round++) {
            warmUp("warm-up-" + round);
        }
        try (var fleet = new BusyFleet("measured", port, executors)) {
            fleet.fill(BACKLOG, FEW_FUNCTIONS);
            fleet.replace(WARM_UP_PER_SECOND, AGAIN_SECONDS);
            fleet.replace(PER_SECOND, SETTLE_SECONDS);
            fleet.freedMillis();
            decisions.measure("every slot taken", () -> fleet.replace(PER_SECOND, seconds));
            var freed = fleet.freedMillis();
            fleet.drainTo(ROOMY);
            fleet.turnOver(WARM_UP_PER_SECOND, AGAIN_SECONDS, MANY_FUNCTIONS);
            fleet.turnOver(PER_SECOND, SETTLE_SECONDS, MANY_FUNCTIONS);
            decisions.measure("three slots of ten free", () -> fleet.turnOver(PER_SECOND, seconds, MANY_FUNCTIONS));
            report.add("slot freed -> next dispatch p99", quantile(freed, 0.99), 5, 1, "ms");
            report.note("slot freed -> next dispatch p50", quantile(freed, 0.5), "ms of " + freed.size());
            decisions.report(report);
            report.add("dead executor out, stream reset, p99", quantile(fleet.deaths(DEATHS), 0.99), 3, 0.1, "s");
        }
    }

    /** Leaves nothing behind. */
    private void warmUp(String name) throws IOException {
        try (var fleet = new BusyFleet(name, port, executors)) {
            fleet.fill(BACKLOG, FEW_FUNCTIONS);
            fleet.replace(WARM_UP_PER_SECOND, WARM_UP_SECONDS);
            fleet.drainTo(ROOMY);
            fleet.turnOver(WARM_UP_PER_SECOND, WARM_UP_SECONDS, MANY_FUNCTIONS);
            fleet.drainTo(0);
        }
    }

    private static double quantile(List<Double> values, double share) {
        if (values.isEmpty()) {
            return Double.POSITIVE_INFINITY;
        }
        var sorted = values.stream().sorted().toList();
        return sorted.get((int) Math.min(sorted.size() - 1, Math.ceil(share * sorted.size()) - 1));
    }
}
