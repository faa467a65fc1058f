package dev.modulate.bench.openb;

import dev.modulate.router.placement.FleetView;
import dev.modulate.router.placement.Holding;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.function.Function;

/** Pods come until more than the cluster has been asked for; none leaves. How much of it is in use? */
final class Arrivals {
    /** Percent of the cluster that has been asked for when a look is taken. */
    static final int[] MARKS = {80, 90, 95, 100, 110, 120};

    /** The mark of the targets, as an index. */
    static final int AT_100 = 3;

    private static final double ASKED_AT_MOST = 1.31;

    private final Cluster cluster;
    private final List<Pod> workload;

    Arrivals(Cluster cluster, List<Pod> workload) {
        this.cluster = cluster;
        this.workload = workload;
    }

    /**
     * Means over seeds.
     *
     * @param allocated percent of the cluster in use at each mark
     * @param microsPerPlacement CPU of one placement, with and without room
     */
    record Result(List<Double> allocated, double microsPerPlacement) {
        double at100() {
            return allocated.get(AT_100);
        }
    }

    Result run(Function<Random, Placer> policy, int seeds) {
        double[] allocated = new double[MARKS.length];
        long nanos = 0;
        long placements = 0;
        for (int seed = 0; seed < seeds; seed++) {
            var random = new Random(42L + seed);
            var order = order(random);
            var fleet = cluster.fleet();
            long began = cpuNanos();
            double[] once = fill(fleet, policy.apply(random), order);
            nanos += cpuNanos() - began;
            placements += order.size();
            for (int i = 0; i < allocated.length; i++) {
                allocated[i] += once[i] / seeds;
            }
        }
        return new Result(Arrays.stream(allocated).boxed().toList(), nanos / 1e3 / Math.max(1, placements));
    }

    /** Of this thread: the clock on the wall also counts what else the machine does. */
    private static long cpuNanos() {
        return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
    }

    /** The whole list, as much drawn from it again as is needed, in random order. */
    private List<Pod> order(Random random) {
        var order = new ArrayList<>(workload);
        Collections.shuffle(order, random);
        double asked = workload.stream().mapToInt(Pod::demand).sum();
        while (asked < ASKED_AT_MOST * cluster.capacity()) {
            var pod = workload.get(random.nextInt(workload.size()));
            order.add(pod);
            asked += pod.demand();
        }
        Collections.shuffle(order, random);
        return order;
    }

    private double[] fill(FleetView fleet, Placer placer, List<Pod> order) {
        double capacity = cluster.capacity();
        double[] marks = new double[MARKS.length];
        double asked = 0;
        double used = 0;
        int mark = 0;
        long sequence = 0;
        for (var pod : order) {
            asked += pod.demand();
            placer.arrived(pod.needs());
            var place = placer.place(fleet, pod.needs());
            if (place != null) {
                place.node().place(Holding.of(pod.needs(), place.devices()), ++sequence);
                used += pod.demand();
            }
            while (mark < MARKS.length && asked >= MARKS[mark] / 100.0 * capacity) {
                marks[mark++] = 100 * used / capacity;
            }
        }
        return marks;
    }
}
