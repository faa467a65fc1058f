package dev.modulate.bench.openb;

import dev.modulate.router.placement.FleetView;
import dev.modulate.router.placement.Holding;
import dev.modulate.router.placement.Needs;
import dev.modulate.router.placement.NodeView;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.function.Function;

/** Pods with devices come at random and leave when their time is over; who finds no room waits, the oldest first, others passing by. */
final class Departures {
    private static final double SECONDS_MAX = 3_600;

    /** Shapes without room after which a pass over the queue ends. */
    private static final int MISSES_MAX = 40;

    /** The first part of the arrivals is not counted: the cluster is still filling. */
    private static final int WARM_UP_PARTS = 4;

    private final Cluster cluster;
    private final List<Pod> pool;
    private final int arrivals;

    Departures(Cluster cluster, List<Pod> workload, int arrivals) {
        this.cluster = cluster;
        this.pool = workload.stream()
                .filter(pod -> pod.devices() > 0 && pod.seconds() > 0)
                .toList();
        this.arrivals = arrivals;
    }

    /** Seconds that pods waited, the mean over seeds of the 99th percentile. */
    record Result(double severalP99, double oneP99, double shareP99, double delayedPercent) {
        static Result mean(List<Result> results) {
            return new Result(
                    mean(results, Result::severalP99),
                    mean(results, Result::oneP99),
                    mean(results, Result::shareP99),
                    mean(results, Result::delayedPercent));
        }

        private static double mean(List<Result> results, Function<Result, Double> field) {
            return results.stream().mapToDouble(field::apply).average().orElse(0);
        }
    }

    private record Job(Pod pod, double arrivedAt, boolean counted) {}

    private record Run(double endsAt, NodeView node, Holding holding) {}

    private record Wait(Pod pod, double seconds) {}

    Result run(Function<Random, Placer> policy, double load, int seeds) {
        var results = new ArrayList<Result>();
        for (int seed = 0; seed < seeds; seed++) {
            var random = new Random(42L + seed);
            results.add(new Once(policy.apply(random), load, random).run());
        }
        return Result.mean(results);
    }

    /** One seed. */
    private final class Once {
        private final Placer placer;
        private final Random random;
        private final double perSecond;
        private final FleetView fleet = cluster.fleet();
        private final PriorityQueue<Run> running = new PriorityQueue<>(Comparator.comparingDouble(Run::endsAt));
        private final Deque<Job> queue = new ArrayDeque<>();
        private final List<Wait> waits = new ArrayList<>();
        private long sequence;

        Once(Placer placer, double load, Random random) {
            this.placer = placer;
            this.random = random;
            double work = pool.stream()
                    .mapToDouble(pod -> pod.demand() * Math.min(SECONDS_MAX, pod.seconds()))
                    .average()
                    .orElseThrow();
            this.perSecond = load * cluster.capacity() / work;
        }

        Result run() {
            double next = 0;
            for (int arrived = 0; arrived < arrivals || !queue.isEmpty(); ) {
                double ends = running.isEmpty()
                        ? Double.POSITIVE_INFINITY
                        : running.peek().endsAt();
                double now;
                if (arrived < arrivals && next <= ends) {
                    now = next;
                    var pod = pool.get(random.nextInt(pool.size()));
                    placer.arrived(pod.needs());
                    queue.add(new Job(pod, now, ++arrived > arrivals / WARM_UP_PARTS));
                    next = now - Math.log(1 - random.nextDouble()) / perSecond;
                } else if (running.isEmpty()) {
                    throw new IllegalStateException("pods that never fit: " + queue.size());
                } else {
                    var over = running.remove();
                    now = over.endsAt();
                    over.node().free(over.holding(), false);
                }
                placeAll(now);
            }
            return result();
        }

        private void placeAll(double now) {
            var missed = new HashSet<Needs>();
            var each = queue.iterator();
            while (each.hasNext() && missed.size() <= MISSES_MAX) {
                var job = each.next();
                var needs = job.pod().needs();
                if (missed.contains(needs)) {
                    continue;
                }
                var place = placer.place(fleet, needs);
                if (place == null) {
                    missed.add(needs);
                    continue;
                }
                var holding = Holding.of(needs, place.devices());
                place.node().place(holding, ++sequence);
                running.add(new Run(now + Math.min(SECONDS_MAX, job.pod().seconds()), place.node(), holding));
                if (job.counted()) {
                    waits.add(new Wait(job.pod(), now - job.arrivedAt()));
                }
                each.remove();
            }
        }

        private Result result() {
            double delayed = waits.stream().filter(wait -> wait.seconds() > 0).count();
            return new Result(
                    p99(waits.stream().filter(wait -> wait.pod().devices() > 1).toList()),
                    p99(waits.stream()
                            .filter(wait ->
                                    wait.pod().devices() == 1 && wait.pod().millis() == 1_000)
                            .toList()),
                    p99(waits.stream()
                            .filter(wait -> wait.pod().millis() < 1_000)
                            .toList()),
                    100 * delayed / Math.max(1, waits.size()));
        }
    }

    private static double p99(List<Wait> waits) {
        double[] seconds = waits.stream().mapToDouble(Wait::seconds).toArray();
        Arrays.sort(seconds);
        return seconds.length == 0 ? 0 : seconds[Math.min(seconds.length - 1, (int) (0.99 * seconds.length))];
    }
}
