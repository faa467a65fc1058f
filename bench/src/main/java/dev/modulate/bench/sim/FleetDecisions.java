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
import dev.modulate.router.scheduling.Scheduler;
import dev.modulate.router.scheduling.WarmQueue;
import dev.modulate.router.scheduling.WarmQueueRules;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * CPU time of each single decision for the fleet of {@code bench/run live}, 1,000 nodes of eight GPUs and calls that take
 * four, but in one thread and without streams: what the scheduler itself needs when nobody else disturbs it. Between two
 * decisions other memory is read, since a live router's caches are cold as well.
 */
final class FleetDecisions {
    private static final int NODES = 1_000;
    private static final int DEVICES = 8;
    private static final int DEVICES_OF_A_CALL = 4;
    private static final int BACKLOG = 500;
    private static final int FEW_FUNCTIONS = 20;
    private static final int MANY_FUNCTIONS = 200;
    private static final double ROOMY = 0.7;
    private static final long STEP_NANOS = 10_000_000;
    private static final long LOOK_NANOS = Scheduler.LOOK_PERIOD_MILLIS * 1_000_000;
    private static final long GIB = 1L << 30;
    private static final int OTHER_MEMORY = 1 << 20;

    private final WarmQueue queue = new WarmQueue(WarmQueueRules.DEFAULT, LoadPrior.DEFAULT, profile -> 1);
    private final List<Machine> machines = new ArrayList<>();
    private final Map<NodeView, Machine> byView = new HashMap<>();
    private final Deque<Running> running = new ArrayDeque<>();
    private final SplittableRandom random = new SplittableRandom(11);
    private final ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    private final Map<Outcome, long[]> samples = new EnumMap<>(Outcome.class);
    private final Map<Outcome, Integer> counts = new EnumMap<>(Outcome.class);
    private final long[] other = new long[OTHER_MEMORY];
    private long now;
    private long lookAt;
    private long sequence;
    private long calls;
    private long sink;
    private boolean measuring;

    private enum Outcome {
        WARM,
        COLD,
        NOTHING
    }

    private record Running(String id, Machine machine, Holding holding) {}

    /** What a node has loaded: an instance stays on its devices until another function needs them. */
    private static final class Machine {
        private final NodeView view;
        private final Map<Set<DeviceId>, FunctionKey> instances = new HashMap<>();
        private final Set<Set<DeviceId>> busy = new HashSet<>();
        private final Set<FunctionKey> changed = new LinkedHashSet<>();
        private long acked;

        private Machine(NodeView view) {
            this.view = view;
        }

        private static Set<DeviceId> devices(Holding holding) {
            var devices = new LinkedHashSet<DeviceId>();
            holding.devices().forEach(part -> devices.add(part.device()));
            return devices;
        }

        private void begin(Holding holding) {
            var devices = devices(holding);
            instances.entrySet().removeIf(entry -> {
                boolean goes = !entry.getKey().equals(devices)
                        && !busy.contains(entry.getKey())
                        && entry.getKey().stream().anyMatch(devices::contains);
                if (goes) {
                    changed.add(entry.getValue());
                }
                return goes;
            });
            var before = instances.put(devices, holding.function());
            if (before != null) {
                changed.add(before);
            }
            busy.add(devices);
            changed.add(holding.function());
        }

        private void end(Holding holding) {
            busy.remove(devices(holding));
            changed.add(holding.function());
        }

        private NodeLoad load() {
            var residencies = new ArrayList<Residency>();
            var removed = new ArrayList<FunctionKey>();
            for (var function : changed) {
                int count = 0;
                int idle = 0;
                var on = new HashSet<DeviceId>();
                for (var entry : instances.entrySet()) {
                    if (entry.getValue().equals(function)) {
                        count++;
                        idle += busy.contains(entry.getKey()) ? 0 : 1;
                        on.addAll(entry.getKey());
                    }
                }
                if (count == 0) {
                    removed.add(function);
                } else {
                    residencies.add(new Residency(function, Residency.Tier.DEVICE, idle, count, on));
                }
            }
            changed.clear();
            return new NodeLoad(acked, List.of(), residencies, false, true, removed);
        }
    }

    private FleetDecisions() {
        for (int i = 0; i < NODES; i++) {
            var devices = new ArrayList<DeviceProfile>();
            for (int k = 0; k < DEVICES; k++) {
                var id = new DeviceId("GPU-%08x-0000-4000-8000-%012x".formatted(i, k));
                devices.add(new DeviceProfile(id, "nvidia-h100-80gb-hbm3", 80 * GIB, "link-" + k / 4));
            }
            var view = new NodeView(new NodeProfile(
                    new NodeId("node-%04d".formatted(i)), 1, "gpu", devices, 64_000, 1L << 40, DEVICES, Map.of()));
            var machine = new Machine(view);
            machines.add(machine);
            byView.put(view, machine);
            view.report(new NodeLoad(0, List.of(), List.of(), false));
            queue.nodeChanged(view, 0);
        }
    }

    static void print(double scale) {
        var fleet = new FleetDecisions();
        int slots = NODES * DEVICES / DEVICES_OF_A_CALL;
        for (int i = 0; i < slots + BACKLOG; i++) {
            fleet.arrive(i % FEW_FUNCTIONS);
            fleet.pass();
        }
        int steps = (int) (6_000 * scale);
        fleet.steps(2 * steps, () -> fleet.arrive(fleet.end()));
        fleet.measure("every slot taken", steps, () -> fleet.arrive(fleet.end()));
        while (fleet.running.size() > ROOMY * slots) {
            fleet.end();
            fleet.pass();
        }
        Runnable turnOver = () -> {
            fleet.end();
            fleet.arrive(fleet.random.nextInt(MANY_FUNCTIONS));
        };
        fleet.steps(2 * steps, turnOver);
        fleet.measure("three slots of ten free", steps, turnOver);
    }

    private void measure(String when, int steps, Runnable step) {
        samples.clear();
        counts.clear();
        measuring = true;
        steps(steps, step);
        measuring = false;
        samples.forEach((outcome, all) -> {
            long[] sorted = Arrays.copyOf(all, Math.min(all.length, counts.getOrDefault(outcome, 0)));
            Arrays.sort(sorted);
            System.out.printf(
                    Locale.ROOT,
                    "%-24s %-8s %8d decisions, CPU us p50 %6.1f, p99 %6.1f, p99.9 %6.1f, max %6.1f%n",
                    when,
                    outcome,
                    sorted.length,
                    quantile(sorted, 0.5),
                    quantile(sorted, 0.99),
                    quantile(sorted, 0.999),
                    quantile(sorted, 1));
        });
    }

    private static double quantile(long[] sorted, double share) {
        return sorted[(int) Math.min(sorted.length - 1L, (long) (share * sorted.length))] / 1e3;
    }

    private void steps(int count, Runnable step) {
        for (int i = 0; i < count; i++) {
            step.run();
            pass();
        }
    }

    /** Time goes by: ten nodes report, and now and then all that waits is looked at. */
    private void pass() {
        now += STEP_NANOS;
        int reports = (int) (NODES * STEP_NANOS / 1_000_000_000);
        for (int i = 0; i < reports; i++) {
            var machine = machines.get((int) (sequence++ % NODES));
            report(machine);
        }
        if (now >= lookAt) {
            lookAt = now + LOOK_NANOS;
            queue.look(now);
            carryOut();
        }
    }

    private void report(Machine machine) {
        machine.view.report(machine.load());
        queue.nodeChanged(machine.view, now);
        carryOut();
    }

    private void arrive(int function) {
        var needs = new Needs(
                new FunctionKey("default/functions/f" + function + "/versions/1"),
                "gpu",
                Map.of(),
                0,
                0,
                new Needs.Accelerators("", DEVICES_OF_A_CALL, 0));
        queue.arrived(
                new Call(Long.toString(calls++), needs, "default", Priority.NORMAL, now, now + 3_600_000_000_000L),
                now);
        carryOut();
    }

    /** The function of the call that ends. */
    private int end() {
        var oldest = running.remove();
        oldest.machine.end(oldest.holding);
        oldest.machine.view.free(oldest.holding, true);
        queue.ended(oldest.id, now);
        carryOut();
        String name = oldest.holding.function().value();
        return Integer.parseInt(
                name.substring(name.indexOf("/f") + "/functions/f".length(), name.indexOf("/versions")));
    }

    private void carryOut() {
        while (true) {
            if (measuring) {
                readOtherMemory();
            }
            long before = measuring ? threads.getCurrentThreadCpuTime() : 0;
            var order = queue.next(now);
            if (measuring) {
                note(order, threads.getCurrentThreadCpuTime() - before);
            }
            if (order == null) {
                return;
            }
            if (order instanceof Order.Dispatch dispatch) {
                begin(dispatch);
            }
        }
    }

    private void note(@Nullable Order order, long nanos) {
        var outcome = order instanceof Order.Dispatch dispatch
                ? dispatch.evictions().isEmpty() && dispatch.warmth() == Warmth.IDLE ? Outcome.WARM : Outcome.COLD
                : Outcome.NOTHING;
        if (outcome == Outcome.NOTHING && queue.waiting() == 0) {
            return;
        }
        var all = samples.computeIfAbsent(outcome, key -> new long[1_000_000]);
        all[counts.merge(outcome, 1, Integer::sum) - 1] = nanos;
    }

    private void readOtherMemory() {
        for (int i = 0; i < other.length; i += 8) {
            sink += other[i];
        }
        if (sink != 0) {
            throw new IllegalStateException("nobody writes there: " + sink);
        }
    }

    private void begin(Order.Dispatch dispatch) {
        var machine = byView.get(dispatch.node());
        if (machine == null) {
            throw new IllegalStateException("no such node: " + dispatch.node().id());
        }
        var holding = Holding.of(dispatch.call().needs(), dispatch.devices());
        machine.acked = calls;
        dispatch.node().place(holding, calls);
        queue.placed(dispatch, now);
        machine.begin(holding);
        queue.started(dispatch.call().id(), now);
        running.add(new Running(dispatch.call().id(), machine, holding));
        report(machine);
    }
}
