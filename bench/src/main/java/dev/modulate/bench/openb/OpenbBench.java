package dev.modulate.bench.openb;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.function.Function;

/** Placement on a trace of 1,213 machines with 6,212 GPUs, beside what it is compared with. Arguments: folder of the traces, seeds. */
public final class OpenbBench {
    private static final String FOLDER = System.getProperty("bench.traces", "../shared/traces");
    private static final int SEEDS = 3;
    private static final double FAITHFUL_WITHIN = 0.5;

    /** Points below a baseline that count as level, where nearly everything fits anyway. */
    private static final double LEVEL_WITHIN = 0.25;

    /** The published figures are means of ten, and one seed is up to a point from another. */
    private static final int FAITHFUL_SEEDS = 10;

    private static final int ARRIVALS = 50_000;
    private static final int MISSED = 1;
    private static final int WRONG_USAGE = 2;

    private final Traces traces;
    private final int seeds;
    private final Cluster cluster;
    private final List<String> missed = new ArrayList<>();

    private OpenbBench(Traces traces, int seeds) {
        this.traces = traces;
        this.seeds = seeds;
        this.cluster = traces.cluster();
    }

    public static void main(String[] arguments) {
        var traces = new Traces(Path.of(arguments.length > 0 ? arguments[0] : FOLDER));
        var missing = traces.missing();
        if (missing != null) {
            System.out.println("openb: skipped, there is no " + missing + " (expected: the folder of the openb lists)");
            return;
        }
        int seeds = arguments.length > 1 ? Integer.parseInt(arguments[1]) : SEEDS;
        if (seeds < 1) {
            System.err.println("seeds: " + seeds + " (expected: >= 1)");
            System.exit(WRONG_USAGE);
        }
        var bench = new OpenbBench(traces, seeds);
        bench.run();
        bench.missed.forEach(line -> System.out.println("MISSED " + line));
        System.exit(bench.missed.isEmpty() ? 0 : MISSED);
    }

    private void run() {
        var defaults = traces.pods("default");
        var shared = traces.pods("gpushare100");
        var warmUp = new Arrivals(cluster, defaults).run(random -> new Ours(), 1);
        System.out.printf(Locale.ROOT, "warm-up: %.2f %% in use%n", warmUp.at100());
        published("default", defaults, 95.2);
        published("gpushare100", shared, 86.4);
        derived("a third names a type (derived from default)", Workloads.typed(defaults, cluster, new Random(7)));
        derived("half for several GPUs (derived from default)", Workloads.halfOfSeveral(defaults, new Random(7)));
        synthetic();
        departures(defaults);
    }

    private void published(String name, List<Pod> pods, double target) {
        var results = arrivals(name, cluster, pods);
        faithful(name, "random", "01-Random", Baselines::random, pods);
        faithful(name, "best-fit", "05-BestFit", Baselines::bestFit, pods);
        System.out.printf(
                Locale.ROOT,
                "  published: FGD %.2f%n",
                traces.published(name, "06-FGD", Arrivals.MARKS[Arrivals.AT_100]));
        var ours = result(results, "ours");
        check(
                ours.at100() >= target,
                "%s: %.2f %% in use at 100 %% asked for (at least %.1f)".formatted(name, ours.at100(), target));
        check(
                ours.microsPerPlacement() <= 60,
                "%s: %.1f us a placement (at most 60)".formatted(name, ours.microsPerPlacement()));
    }

    private void faithful(String name, String policy, String row, Function<Random, Placer> placer, List<Pod> pods) {
        double here = new Arrivals(cluster, pods).run(placer, FAITHFUL_SEEDS).at100();
        double there = traces.published(name, row, Arrivals.MARKS[Arrivals.AT_100]);
        System.out.printf(
                Locale.ROOT, "  published: %s %.2f, here %.2f (%d seeds)%n", policy, there, here, FAITHFUL_SEEDS);
        check(
                Math.abs(here - there) <= FAITHFUL_WITHIN,
                "%s: %s is %.2f from what was published (at most %.1f)"
                        .formatted(name, policy, Math.abs(here - there), FAITHFUL_WITHIN));
    }

    private void derived(String name, List<Pod> pods) {
        var results = arrivals(name, cluster, pods);
        levelWithAll(name, results);
    }

    private void synthetic() {
        String name = "synthetic, 36 x 12 machines";
        levelWithAll(name, arrivals(name, Workloads.syntheticCluster(12), Workloads.synthetic(4_000, new Random(7))));
    }

    private void levelWithAll(String name, Map<String, Arrivals.Result> results) {
        double ours = result(results, "ours").at100();
        for (String baseline : List.of("random", "best-fit")) {
            double theirs = result(results, baseline).at100();
            check(ours > theirs - LEVEL_WITHIN, "%s: %.2f %% in use, %s %.2f".formatted(name, ours, baseline, theirs));
        }
    }

    private Map<String, Arrivals.Result> arrivals(String name, Cluster machines, List<Pod> pods) {
        System.out.printf(Locale.ROOT, "%n%s: %% of the GPUs in use when x %% of them have been asked for%n", name);
        System.out.printf("%-22s", "");
        for (int mark : Arrivals.MARKS) {
            System.out.printf("%8d", mark);
        }
        System.out.println("   CPU us/placement");
        var results = new LinkedHashMap<String, Arrivals.Result>();
        var run = new Arrivals(machines, pods);
        policies(pods).forEach((policy, placer) -> {
            var result = run.run(placer, seeds);
            System.out.printf("%-22s", policy);
            result.allocated().forEach(value -> System.out.printf(Locale.ROOT, "%8.2f", value));
            System.out.printf(Locale.ROOT, "%12.1f%n", result.microsPerPlacement());
            results.put(policy, result);
        });
        return results;
    }

    private void departures(List<Pod> pods) {
        double[] loads = {0.85, 0.92, 0.95};
        var run = new Departures(cluster, pods, ARRIVALS);
        System.out.printf("%nwith departures (default): seconds waited, p99; delayed in %%%n");
        System.out.printf("%-22s%6s%12s%12s%12s%10s%n", "", "load", "2+ GPUs", "1 GPU", "share", "delayed");
        policies(pods).forEach((policy, placer) -> {
            for (double load : loads) {
                var result = run.run(placer, load, Math.min(2, seeds));
                System.out.printf(
                        Locale.ROOT,
                        "%-22s%6.2f%12.1f%12.1f%12.1f%10.2f%n",
                        policy,
                        load,
                        result.severalP99(),
                        result.oneP99(),
                        result.shareP99(),
                        result.delayedPercent());
                check(
                        !policy.equals("ours") || load > 0.92 || result.severalP99() == 0,
                        "load %.2f: jobs of 2 or more GPUs wait %.1f s (p99; at most 0)"
                                .formatted(load, result.severalP99()));
            }
        });
    }

    private static Map<String, Function<Random, Placer>> policies(List<Pod> pods) {
        Map<String, Function<Random, Placer>> policies = new LinkedHashMap<>();
        policies.put("random", Baselines::random);
        policies.put("first-fit", random -> Baselines.firstFit());
        policies.put("best-fit", Baselines::bestFit);
        policies.put("FGD as published", random -> new PublishedFgd(pods));
        policies.put("ours", random -> new Ours());
        return policies;
    }

    private static Arrivals.Result result(Map<String, Arrivals.Result> results, String policy) {
        var result = results.get(policy);
        if (result == null) {
            throw new IllegalStateException("not run: " + policy);
        }
        return result;
    }

    private void check(boolean kept, String words) {
        if (!kept) {
            missed.add(words);
        }
    }
}
