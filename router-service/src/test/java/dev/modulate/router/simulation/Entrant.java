package dev.modulate.router.simulation;

import dev.modulate.router.scheduling.BindingRule;
import dev.modulate.router.scheduling.LoadPrior;
import dev.modulate.router.scheduling.WarmQueue;
import dev.modulate.router.scheduling.WarmQueueRules;
import java.util.List;

/**
 * A policy that takes part in a comparison.
 *
 * @param kind what it is there for
 */
public record Entrant(String name, Kind kind, Race race) {
    /** Runs a workload to its end. */
    interface Race {
        Figures run(Workload workload, long seed);
    }

    public enum Kind {
        /** Binds late; the router's own. */
        OURS,
        /** Binds early, one of the published ways. */
        EARLY,
        /** Knows or has what nobody can, or lacks what everybody has. */
        REFERENCE
    }

    public static List<Entrant> all() {
        var early = Setup.DEFAULT;
        var ahead = Setup.DEFAULT.prefetching();
        return List.of(
                early("random", early, BindingRule.random()),
                early("JSQ(2)", early, BindingRule.shorterOfTwo()),
                early("bounded hash 1.25", early, BindingRule.boundedHash(1.25)),
                early("ECT 4+8 k2 evict x4", early, BindingRule.soonestDoneOf(4, 8, 2, 4)),
                early("ECT full k2 evict x4", early, BindingRule.soonestDone(2, 4)),
                early("ECT full k1 evict x1 prefetch", ahead, BindingRule.soonestDone(1, 1)),
                early("ECT full k2 evict x4 prefetch", ahead, BindingRule.soonestDone(2, 4)),
                new Entrant(
                        "true sizes, ECT k2",
                        Kind.REFERENCE,
                        (workload, seed) ->
                                new EarlyRun(workload, early, BindingRule.soonestDone(2, 0), true, seed).run()),
                late("late, no affinity", Kind.REFERENCE, Setup.DEFAULT),
                late("no cold starts, central", Kind.REFERENCE, Setup.DEFAULT.withoutColdStarts()),
                new Entrant(
                        "ECT full k2 evict x4, told each 5 s",
                        Kind.REFERENCE,
                        (workload, seed) -> new EarlyRun(
                                        workload, early.reporting(5_000), BindingRule.soonestDone(2, 4), false, seed)
                                .run()),
                warmQueue("WQ", WarmQueueRules.DEFAULT),
                warmQueue(
                        "WQ, by response ratio",
                        WarmQueueRules.DEFAULT.withDiscipline(WarmQueueRules.Discipline.RESPONSE_RATIO)),
                warmQueue("WQ, background loads 10 %", WarmQueueRules.DEFAULT.withBackgroundShare(0.1)));
    }

    static Entrant early(String name, Setup setup, BindingRule rule) {
        return new Entrant(
                name, Kind.EARLY, (workload, seed) -> new EarlyRun(workload, setup, rule, false, seed).run());
    }

    private static Entrant late(String name, Kind kind, Setup setup) {
        return new Entrant(
                name,
                kind,
                (workload, seed) -> new LateRun(workload, setup, new CentralQueue(Machines.speeds())).run());
    }

    static Entrant warmQueue(String name, WarmQueueRules rules) {
        return new Entrant(
                name,
                Kind.OURS,
                (workload, seed) -> new LateRun(
                                workload, Setup.DEFAULT, new WarmQueue(rules, LoadPrior.DEFAULT, Machines.speeds()))
                        .run());
    }
}
