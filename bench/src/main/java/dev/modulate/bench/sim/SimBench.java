package dev.modulate.bench.sim;

import dev.modulate.router.scheduling.WarmQueueRules;
import dev.modulate.router.simulation.Contest;
import dev.modulate.router.simulation.Entrant;
import dev.modulate.router.simulation.Fairness;
import dev.modulate.router.simulation.Figures;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.function.ToDoubleFunction;
import java.util.stream.LongStream;

/**
 * The router's scheduler against what others do, in the simulator: {@code bench/run sim [workloads] [seeds] [first
 * seed] [policies]}. Workloads are names divided by commas, or {@code all}; policies a regular expression of names.
 */
public final class SimBench {
    private static final String OURS = "WQ";
    private static final String SHORT = "S70,S85,A80";

    private final List<Long> seeds;
    private final Contest contest;
    private final Map<String, List<Contest.Row>> rows = new LinkedHashMap<>();

    private SimBench(List<Long> seeds, Path traces) {
        this.seeds = seeds;
        this.contest = new Contest(traces);
    }

    public static void main(String[] arguments) throws Exception {
        String names = argument(arguments, 0, SHORT);
        var workloads = names.equals("all") ? Contest.WORKLOADS : List.of(names.split(",", -1));
        int count = Integer.parseInt(argument(arguments, 1, "5"));
        long first = Long.parseLong(argument(arguments, 2, "1000"));
        String policies = argument(arguments, 3, ".*");
        var entrants = Entrant.all().stream()
                .filter(entrant -> entrant.name().matches(policies))
                .toList();
        var bench = new SimBench(
                LongStream.range(first, first + count).boxed().toList(),
                Path.of(System.getProperty("bench.traces", "../shared/traces")));
        for (var workload : workloads) {
            bench.run(workload, entrants);
        }
        boolean ours = entrants.stream().anyMatch(entrant -> entrant.name().equals(OURS));
        System.exit(Targets.print(bench.rows, ours ? bench.fairness() : OptionalDouble.empty()) ? 0 : 1);
    }

    /** Of the seed in which it is least. */
    private OptionalDouble fairness() {
        return seeds.stream()
                .mapToDouble(seed -> Fairness.index(seed, WarmQueueRules.DEFAULT))
                .min();
    }

    private static String argument(String[] arguments, int index, String otherwise) {
        return arguments.length > index ? arguments[index] : otherwise;
    }

    private void run(String workload, List<Entrant> entrants) throws Exception {
        if (!contest.has(workload)) {
            System.out.println(workload + ": skipped, its trace is not in -Dbench.traces=DIR");
            return;
        }
        System.out.printf("%n%s, %d seeds from %d; seconds and percent%n", workload, seeds.size(), seeds.getFirst());
        System.out.printf(
                "%-36s %9s %9s %9s %9s %9s %7s %7s %7s %6s %6s  p99 by seed%n",
                "", "start p50", "p95", "p99", "response", "slow p99", "cold", "in goal", "jain", "run", "load");
        var ran = new ArrayList<Contest.Row>();
        for (var entrant : entrants) {
            var row = contest.run(workload, seeds, entrant);
            ran.add(row);
            print(row);
        }
        rows.put(workload, ran);
    }

    private static void print(Contest.Row row) {
        System.out.printf(
                "%-36s %9.2f %9.2f %9.2f %9.2f %9.1f %7.3f %7.1f %7.3f %6.1f %6.2f  %s%n",
                row.entrant().name(),
                row.mean(Figures::startP50),
                row.mean(Figures::startP95),
                row.mean(Figures::startP99),
                row.mean(Figures::meanResponse),
                row.mean(Figures::slowdownP99),
                percent(row, Figures::coldShare),
                percent(row, Figures::withinGoal),
                row.mean(Figures::jain),
                percent(row, Figures::runShare),
                percent(row, Figures::loadShare),
                Arrays.toString(row.figures().stream()
                        .mapToLong(figures -> Math.round(figures.startP99()))
                        .toArray()));
    }

    private static double percent(Contest.Row row, ToDoubleFunction<Figures> figure) {
        return 100 * row.mean(figure);
    }
}
