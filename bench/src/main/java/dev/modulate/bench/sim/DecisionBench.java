package dev.modulate.bench.sim;

import dev.modulate.router.placement.DeviceId;
import dev.modulate.router.placement.DeviceProfile;
import dev.modulate.router.placement.FunctionKey;
import dev.modulate.router.placement.Holding;
import dev.modulate.router.placement.Needs;
import dev.modulate.router.placement.NodeId;
import dev.modulate.router.placement.NodeLoad;
import dev.modulate.router.placement.NodeProfile;
import dev.modulate.router.placement.NodeView;
import dev.modulate.router.placement.Residency;
import dev.modulate.router.placement.Warmth;
import dev.modulate.router.scheduling.Call;
import dev.modulate.router.scheduling.LoadPrior;
import dev.modulate.router.scheduling.Order;
import dev.modulate.router.scheduling.Priority;
import dev.modulate.router.scheduling.WarmQueue;
import dev.modulate.router.scheduling.WarmQueueRules;
import java.lang.management.ManagementFactory;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;

/**
 * Time of a decision with 10,000 GPUs in the view: a call arrives, is given a node, an older one ends; against looking at
 * every node of the same view for each call. {@code bench/run decisions [gpus] [seconds]}.
 */
public final class DecisionBench {
    private static final double RATIO_MIN = 35;

    /** Of this bench, for which the one of single decisions has its full length. */
    private static final double FLEET_SECONDS = 10;

    private static final int FUNCTIONS = 2_000;
    private static final int RESIDENT = 4;
    private static final double BUSY = 0.6;
    private static final long GIB = 1L << 30;

    private final List<NodeView> nodes = new ArrayList<>();
    private final Needs[] needs = new Needs[FUNCTIONS];
    private final double[] popularity = new double[FUNCTIONS];
    private final SplittableRandom random = new SplittableRandom(7);
    private final Deque<Running> running = new ArrayDeque<>();
    private final WarmQueue queue = new WarmQueue(WarmQueueRules.DEFAULT, LoadPrior.DEFAULT, profile -> 1);
    private long calls;
    private long now;
    private long looks;

    /** @param warm whether the node had an idle instance, which it has again afterwards */
    private record Running(String id, NodeView node, Holding holding, boolean warm) {}

    private DecisionBench(int gpus) {
        double sum = 0;
        for (int i = 0; i < FUNCTIONS; i++) {
            var key = new FunctionKey("acme/f" + i + "/versions/1");
            needs[i] = new Needs(key, "gpu", Map.of(), 0, 0, new Needs.Accelerators("", 1, 8 * GIB));
            sum += 1 / Math.pow(i + 1, 0.9);
            popularity[i] = sum;
        }
        for (int i = 0; i < gpus; i++) {
            nodes.add(node(i));
        }
    }

    private NodeView node(int index) {
        var id = new DeviceId("GPU-" + index);
        var device = new DeviceProfile(id, "H100", 80 * GIB, "");
        var view = new NodeView(
                new NodeProfile(new NodeId("node-" + index), 1, "gpu", List.of(device), 0, 0, 1, Map.of()));
        var residencies = new ArrayList<Residency>();
        while (residencies.size() < RESIDENT) {
            var key = needs[draw()].function();
            if (residencies.stream().noneMatch(there -> there.function().equals(key))) {
                residencies.add(new Residency(key, Residency.Tier.DEVICE, 1, 1, Set.of(id)));
            }
        }
        view.report(new NodeLoad(0, List.of(), residencies, false));
        return view;
    }

    private int draw() {
        int found = Arrays.binarySearch(popularity, random.nextDouble() * popularity[FUNCTIONS - 1]);
        return Math.min(FUNCTIONS - 1, found < 0 ? -found - 1 : found);
    }

    public static void main(String[] arguments) {
        int gpus = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 10_000;
        double seconds = arguments.length > 1 ? Double.parseDouble(arguments[1]) : 5;
        var bench = new DecisionBench(gpus);
        bench.nodes.forEach(node -> bench.queue.nodeChanged(node, 0));
        for (int i = 0; i < BUSY * gpus; i++) {
            bench.arrive();
        }
        bench.measure(seconds, bench::decide);
        var ours = bench.measure(seconds, bench::decide);
        bench.measure(seconds / 2, bench::scan);
        var scan = bench.measure(seconds, bench::scan);
        System.out.printf("%d GPUs, %d functions, %.0f %% busy%n", gpus, FUNCTIONS, 100 * BUSY);
        System.out.println("warm queue, arrival + release: " + ours);
        System.out.println("full scan of the same view:    " + scan);
        double ratio = ours.perSecond / scan.perSecond;
        System.out.printf(
                "ratio %.1f (at least %.0f); waiting %d, looks %d%n",
                ratio, RATIO_MIN, bench.queue.waiting(), bench.looks);
        FleetDecisions.print(seconds / FLEET_SECONDS);
        System.exit(ratio >= RATIO_MIN ? 0 : 1);
    }

    /** @param perSecond of this thread's own CPU time: others may use the machine meanwhile */
    private record Speed(double perSecond, long p50Nanos, long p99Nanos) {
        @Override
        public String toString() {
            return String.format("%.0f per core-second, p50 %d ns, p99 %d ns", perSecond, p50Nanos, p99Nanos);
        }
    }

    private Speed measure(double seconds, Runnable decision) {
        long[] samples = new long[5_000_000];
        int count = 0;
        var thread = ManagementFactory.getThreadMXBean();
        long cpuBefore = thread.getCurrentThreadCpuTime();
        long before = System.nanoTime();
        long end = before + (long) (seconds * 1e9);
        while (before < end) {
            decision.run();
            long after = System.nanoTime();
            samples[count++ % samples.length] = after - before;
            before = after;
        }
        double cpuSeconds = (thread.getCurrentThreadCpuTime() - cpuBefore) / 1e9;
        var sorted = Arrays.copyOf(samples, Math.min(count, samples.length));
        Arrays.sort(sorted);
        return new Speed(count / cpuSeconds, sorted[sorted.length / 2], sorted[(int) (sorted.length * 0.99)]);
    }

    /** One call comes, the one that runs longest ends. */
    private void decide() {
        now += 20_000;
        if (calls % 12_500 == 0) {
            looks++;
            queue.look(now);
        }
        arrive();
        if (running.size() > BUSY * nodes.size()) {
            var oldest = running.remove();
            queue.started(oldest.id, now - 1_000_000);
            oldest.node.free(oldest.holding, !oldest.warm);
            queue.ended(oldest.id, now);
            carryOut();
        }
    }

    private void arrive() {
        String id = Long.toString(calls++);
        queue.arrived(new Call(id, needs[draw()], "acme", Priority.NORMAL, now, now + 60_000_000_000L), now);
        carryOut();
    }

    private void carryOut() {
        for (var order = queue.next(now); order != null; order = queue.next(now)) {
            if (order instanceof Order.Dispatch dispatch) {
                var holding = Holding.of(dispatch.call().needs(), dispatch.devices());
                dispatch.node().place(holding, 0);
                queue.placed(dispatch, now);
                running.add(
                        new Running(dispatch.call().id(), dispatch.node(), holding, dispatch.warmth() == Warmth.IDLE));
            }
        }
    }

    /** The cheapest of all nodes: what is loaded on it, what load and eviction would cost; then the same book-keeping. */
    private void scan() {
        var wanted = needs[draw()];
        NodeView best = null;
        double least = Double.POSITIVE_INFINITY;
        for (int i = 0; i < nodes.size(); i++) {
            var node = nodes.get(i);
            if (!node.accepting()) {
                continue;
            }
            double cost = node.idleCount(wanted.function()) > 0
                    ? 0.1
                    : 2 + node.loaded().size() * 0.01;
            if (cost < least) {
                least = cost;
                best = node;
            }
        }
        var devices = best == null ? null : best.fit(wanted);
        if (best == null || devices == null) {
            throw new IllegalStateException("no node has room");
        }
        var holding = Holding.of(wanted, devices);
        best.place(holding, 0);
        best.free(holding, false);
    }
}
