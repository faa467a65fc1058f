package dev.modulate.bench.openb;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Pod lists that are derived from a trace or made up, by rules that need nothing but a seed. */
final class Workloads {
    private static final long GIB = 1L << 30;

    private Workloads() {}

    /**
     * A third of the pods with devices names one device type, drawn in proportion to how many there are, types other than
     * the most frequent counted twice: scarce types are asked for more than their share.
     */
    static List<Pod> typed(List<Pod> pods, Cluster cluster, Random random) {
        Map<String, Integer> tickets = new TreeMap<>();
        cluster.machines().forEach(machine -> tickets.merge(machine.model(), machine.devices(), Integer::sum));
        int most = tickets.values().stream().mapToInt(Integer::intValue).max().orElse(0);
        tickets.replaceAll((model, count) -> count == most ? count : 2 * count);
        return pods.stream()
                .map(pod -> pod.devices() == 0 || random.nextInt(3) > 0 ? pod : named(pod, draw(tickets, random)))
                .toList();
    }

    private static Pod named(Pod pod, String model) {
        var needs = pod.needs();
        return new Pod(
                Traces.needs(needs.cpuMillis(), needs.memoryBytes(), pod.devices(), pod.millis(), model),
                pod.devices(),
                pod.millis(),
                pod.seconds());
    }

    private static String draw(Map<String, Integer> tickets, Random random) {
        int ticket = random.nextInt(
                tickets.values().stream().mapToInt(Integer::intValue).sum());
        for (var each : tickets.entrySet()) {
            ticket -= each.getValue();
            if (ticket < 0) {
                return each.getKey();
            }
        }
        throw new IllegalStateException("no ticket left");
    }

    /** Pods of several devices are drawn again, and others left out at random, until each kind asks for half of the devices. */
    static List<Pod> halfOfSeveral(List<Pod> pods, Random random) {
        var several = pods.stream().filter(pod -> pod.devices() > 1).toList();
        double half = pods.stream().mapToInt(Pod::demand).sum() / 2.0;
        double others = pods.stream()
                .filter(pod -> pod.devices() <= 1)
                .mapToInt(Pod::demand)
                .sum();
        List<Pod> made = pods.stream()
                .filter(pod -> pod.devices() > 1 || pod.devices() == 0 || random.nextDouble() < half / others)
                .collect(Collectors.toCollection(ArrayList::new));
        double demand = several.stream().mapToInt(Pod::demand).sum();
        while (demand < half && !several.isEmpty()) {
            var again = several.get(random.nextInt(several.size()));
            made.add(again);
            demand += again.demand();
        }
        return made;
    }

    /** Machines of three types that have little to do with the trace: eight, four or two devices, with much and with little CPU. */
    static Cluster syntheticCluster(int scale) {
        var machines = new ArrayList<Cluster.Machine>();
        for (int i = 0; i < 12 * scale; i++) {
            machines.add(new Cluster.Machine("a-%04d".formatted(i), 128_000, 1_024 * GIB, 8, "large"));
            machines.add(new Cluster.Machine("b-%04d".formatted(i), 48_000, 256 * GIB, 4, "middle"));
            machines.add(new Cluster.Machine("c-%04d".formatted(i), 64_000, 128 * GIB, 2, "small"));
        }
        return new Cluster(List.copyOf(machines));
    }

    /** Shares of a few sizes, whole devices, some groups of 2, 4 and 8, a part without devices, lognormal durations. */
    static List<Pod> synthetic(int count, Random random) {
        int[] shares = {100, 200, 250, 300, 400, 500, 600, 750};
        int[] groups = {2, 2, 2, 4, 4, 8};
        var pods = new ArrayList<Pod>();
        for (int i = 0; i < count; i++) {
            int kind = random.nextInt(100);
            int devices = kind < 10 ? 0 : kind < 92 ? 1 : groups[random.nextInt(groups.length)];
            int millis = devices == 0 ? 0 : devices > 1 || kind < 45 ? 1_000 : shares[random.nextInt(shares.length)];
            int cpu = 1_000 * (1 + random.nextInt(devices == 0 ? 16 : 2 + 10 * devices * millis / 1_000));
            long memory = (2 + random.nextInt(14)) * (long) Math.max(1, devices) * GIB;
            double seconds = 60 * Math.exp(1.2 * random.nextGaussian());
            pods.add(new Pod(Traces.needs(cpu, memory, devices, millis, ""), devices, millis, seconds));
        }
        return pods;
    }
}
