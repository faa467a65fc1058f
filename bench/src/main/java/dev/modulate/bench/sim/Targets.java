package dev.modulate.bench.sim;

import dev.modulate.router.simulation.Contest;
import dev.modulate.router.simulation.Entrant;
import dev.modulate.router.simulation.Figures;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;

/** What the simulator can show of what we hold ourselves to: a gate that must be met, and an aim. */
final class Targets {
    private static final String OURS = "WQ";
    private static final String BY_RATIO = "WQ, by response ratio";
    private static final String IDEAL = "no cold starts, central";
    private static final String FRESH_VIEWS = "ECT full k2 evict x4";
    private static final String STALE_VIEWS = "ECT full k2 evict x4, told each 5 s";

    /** @param aim below the gate when less is better, else above it */
    private record Target(
            String workload, String what, double gate, double aim, Function<List<Contest.Row>, OptionalDouble> value) {
        String verdict(double value) {
            boolean lessIsBetter = aim < gate;
            if (lessIsBetter ? value <= aim : value >= aim) {
                return "aim met";
            }
            return (lessIsBetter ? value <= gate : value >= gate) ? "met" : "MISSED";
        }
    }

    private static final List<Target> ALL = List.of(
            start("S70", 6.5, 4.5),
            start("S85", 12, 7.7),
            start("A60", 11.2, 10),
            start("A80", 20, 17),
            start("H50", 17, 9),
            start("H70", 50, 14),
            toIdeal("A60", 1.5),
            toIdeal("A80", 1.45),
            toEarly("S70", 0.5, 0.33),
            toEarly("S85", 0.45, 0.28),
            toEarly("A80", 0.75, 0.6),
            new Target("S70", "cold starts, %", 1.3, 1, ours(figures -> 100 * figures.coldShare())),
            new Target("A80", "cold starts, %", 0.5, 0.3, ours(figures -> 100 * figures.coldShare())),
            new Target("H70", "cold starts, %", 5.5, 4, ours(figures -> 100 * figures.coldShare())),
            new Target("S70", "GPU time spent loading, %", 3.5, 3, ours(figures -> 100 * figures.loadShare())),
            new Target("A80", "GPU time spent loading, %", 2, 1.5, ours(figures -> 100 * figures.loadShare())),
            new Target(
                    "S70", "started within max(1 s, mean run), %", 82, 91, ours(figures -> 100 * figures.withinGoal())),
            new Target(
                    "A80", "started within max(1 s, mean run), %", 57, 65, ours(figures -> 100 * figures.withinGoal())),
            new Target("S70", "p99 slowdown by response ratio", 25, 20, byRatio(Figures::slowdownP99)),
            new Target("S85", "p99 slowdown by response ratio", 55, 31, byRatio(Figures::slowdownP99)),
            new Target("S70", "Jain over functions by response ratio", 0.80, 0.84, byRatio(Figures::jain)),
            new Target("S85", "Jain over functions by response ratio", 0.68, 0.80, byRatio(Figures::jain)));

    /** Of a baseline only: what old reports cost a router that binds early. It says nothing of ours, so it fails nothing. */
    private static final Target STALENESS = new Target(
            "S70",
            "ECT: p99 start told each 5 s / each 100 ms",
            1.6,
            1.3,
            rows -> ratio(startOf(rows, STALE_VIEWS), startOf(rows, FRESH_VIEWS)));

    private Targets() {}

    private static Target start(String workload, double gate, double aim) {
        return new Target(workload, "p99 time to start, s", gate, aim, ours(Figures::startP99));
    }

    private static Target toIdeal(String workload, double gate) {
        return new Target(
                workload,
                "p99 start / without cold starts",
                gate,
                1.3,
                rows -> ratio(startOf(rows, OURS), startOf(rows, IDEAL)));
    }

    private static Target toEarly(String workload, double gate, double aim) {
        return new Target(workload, "p99 start / best early", gate, aim, rows -> {
            var bestEarly = rows.stream()
                    .filter(row -> row.entrant().kind() == Entrant.Kind.EARLY)
                    .mapToDouble(row -> row.mean(Figures::startP99))
                    .min();
            return ratio(startOf(rows, OURS), bestEarly);
        });
    }

    private static Function<List<Contest.Row>, OptionalDouble> ours(ToDoubleFunction<Figures> figure) {
        return rows -> mean(rows, OURS, figure);
    }

    private static Function<List<Contest.Row>, OptionalDouble> byRatio(ToDoubleFunction<Figures> figure) {
        return rows -> mean(rows, BY_RATIO, figure);
    }

    private static OptionalDouble startOf(List<Contest.Row> rows, String entrant) {
        return mean(rows, entrant, Figures::startP99);
    }

    private static OptionalDouble mean(List<Contest.Row> rows, String entrant, ToDoubleFunction<Figures> figure) {
        return rows.stream()
                .filter(row -> row.entrant().name().equals(entrant))
                .mapToDouble(row -> row.mean(figure))
                .findFirst();
    }

    private static OptionalDouble ratio(OptionalDouble value, OptionalDouble base) {
        return value.isEmpty() || base.isEmpty()
                ? OptionalDouble.empty()
                : OptionalDouble.of(value.getAsDouble() / base.getAsDouble());
    }

    /**
     * Prints those of which enough has run.
     *
     * @param rows by name of workload
     * @return whether every gate was met
     */
    static boolean print(Map<String, List<Contest.Row>> rows, OptionalDouble fairness) {
        System.out.printf("%n%-4s %-44s %9s %9s %9s%n", "", "target", "value", "gate", "aim");
        boolean met = true;
        for (var target : ALL) {
            met &= print(target, target.value.apply(rows.getOrDefault(target.workload, List.of())));
        }
        met &= print(new Target("", "Jain of two tenants, one floods", 0.95, 0.99, ran -> fairness), fairness);
        STALENESS
                .value
                .apply(rows.getOrDefault(STALENESS.workload, List.of()))
                .ifPresent(value -> System.out.printf(
                        "%-4s %-44s %9.3f %9.2f %9.2f  of a baseline, for information%n",
                        STALENESS.workload, STALENESS.what, value, STALENESS.gate, STALENESS.aim));
        return met;
    }

    private static boolean print(Target target, OptionalDouble value) {
        if (value.isEmpty()) {
            return true;
        }
        String verdict = target.verdict(value.getAsDouble());
        System.out.printf(
                "%-4s %-44s %9.3f %9.2f %9.2f  %s%n",
                target.workload, target.what, value.getAsDouble(), target.gate, target.aim, verdict);
        return !verdict.equals("MISSED");
    }
}
