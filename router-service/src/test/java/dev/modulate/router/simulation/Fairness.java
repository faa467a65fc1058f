package dev.modulate.router.simulation;

import dev.modulate.router.scheduling.LoadPrior;
import dev.modulate.router.scheduling.WarmQueue;
import dev.modulate.router.scheduling.WarmQueueRules;

/** Two tenants that both ask for more than half, one of them for four times what there is. */
public final class Fairness {
    private static final double MODEST_LOAD = 0.7;
    private static final double FLOOD_LOAD = 4;
    private static final double FROM_SECONDS = 60;
    private static final double TO_SECONDS = 600;

    private Fairness() {}

    /** Jain's index over the device-seconds of both. */
    public static double index(long seed, WarmQueueRules rules) {
        return index(Workloads.flooded(seed, MODEST_LOAD, FLOOD_LOAD, TO_SECONDS), rules);
    }

    /** The same while a third waits for a device that nobody has. */
    public static double indexBesideOneThatCannotStart(long seed, WarmQueueRules rules) {
        return index(
                Workloads.withOneThatFitsNowhere(Workloads.flooded(seed, MODEST_LOAD, FLOOD_LOAD, TO_SECONDS)), rules);
    }

    private static double index(Workload workload, WarmQueueRules rules) {
        var queue = new WarmQueue(rules, LoadPrior.DEFAULT, Machines.speeds());
        var requests = new LateRun(workload, Setup.DEFAULT, queue).run(Events.nanos(TO_SECONDS));
        double modest = 0;
        double flooding = 0;
        for (var request : requests) {
            if (request.begunAt >= 0) {
                double from = Math.max(FROM_SECONDS, request.begunAt / 1e9);
                double seconds = Math.max(0, Math.min(TO_SECONDS, request.endedAt / 1e9) - from);
                if (request.program.tenant().equals("modest")) {
                    modest += seconds;
                } else if (request.program.tenant().equals("flooding")) {
                    flooding += seconds;
                }
            }
        }
        return Figures.jain(modest, flooding);
    }
}
