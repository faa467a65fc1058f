package dev.modulate.router.placement;

import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * How much idle compute of a node the typical demand could not use, in thousandths of a device, weighted by how often each
 * shape is asked for. A shape that does not fit at all could use none of it; one that fits could use what lies on
 * devices with room for it, as far as the CPU that is left goes round.
 *
 * <p>For one thread.
 */
final class Fragments {
    /**
     * Of the average CPU that goes with a device: below it a node counts as short of CPU. Less than all, since what
     * arrives last on a node may be of the modest kind.
     */
    private static final double CPU_PART = 0.75;

    private final Demand demand;
    private final double cpuMillisPerDevice;
    private final Map<Kind, Sizes> known = new HashMap<>();
    private int[] sorted = new int[8];

    /** What the size of a shape on a device depends on. */
    private record Kind(String model, long memoryBytes) {}

    private record Size(int millis, int count, int cpuMillis, double weight) {}

    /** The typical shapes on one kind of device, largest first. Those that it could never take are left out. */
    static final class Sizes {
        private final int[] millis;
        private final int[] counts;
        private final int[] cpuMillis;
        private final double[] weights;

        private Sizes(List<Size> sizes) {
            millis = sizes.stream().mapToInt(Size::millis).toArray();
            counts = sizes.stream().mapToInt(Size::count).toArray();
            cpuMillis = sizes.stream().mapToInt(Size::cpuMillis).toArray();
            weights = sizes.stream().mapToDouble(Size::weight).toArray();
        }
    }

    Fragments(Demand demand) {
        this.demand = demand;
        this.cpuMillisPerDevice = CPU_PART * demand.cpuMillisPerDevice();
    }

    /** Idle thousandths of each device. A slice has none: only those who name its profile could use it. */
    static int[] idle(NodeView node) {
        var devices = node.devices();
        int[] idle = new int[devices.size()];
        for (int i = 0; i < idle.length; i++) {
            idle[i] = devices.get(i).profile().slice() ? 0 : devices.get(i).idleMillis();
        }
        return idle;
    }

    /** Of the node's devices, which are of one kind as a rule: the first that is not a slice speaks for all. */
    Sizes sizes(NodeView node) {
        for (var device : node.devices()) {
            if (!device.profile().slice()) {
                var kind = new Kind(device.profile().model(), device.profile().memoryBytes());
                return known.computeIfAbsent(kind, key -> sizes(device));
            }
        }
        return new Sizes(List.of());
    }

    private Sizes sizes(DeviceView device) {
        return new Sizes(demand.shapes().stream()
                .filter(each -> each.shape().accelerators() != null
                        && device.couldEverTake(each.shape().accelerators()))
                .map(each -> new Size(
                        each.shape().millisOf(device.profile()),
                        each.shape().count(),
                        each.shape().cpuMillis(),
                        each.weight()))
                .sorted(Comparator.comparingInt(Size::millis).reversed())
                .toList());
    }

    /** @param sizes of {@link #sizes} for this node */
    double of(int[] idle, double cpuFreeMillis, Sizes sizes) {
        int total = sort(idle);
        if (total == 0) {
            return 0;
        }
        double served = cpuMillisPerDevice == 0
                ? total
                : Math.min(total, DeviceReservation.WHOLE * Math.max(0, cpuFreeMillis) / cpuMillisPerDevice);
        int enough = 0;
        int sum = 0;
        double used = 0;
        for (int i = 0; i < sizes.millis.length; i++) {
            while (enough < idle.length && sorted[enough] >= sizes.millis[i]) {
                sum += sorted[enough++];
            }
            if (enough >= sizes.counts[i] && cpuFreeMillis >= sizes.cpuMillis[i]) {
                used += sizes.weights[i] * Math.min(served, sum);
            }
        }
        return total - used;
    }

    /** Into {@link #sorted}, largest first: few enough for the plainest way. */
    private int sort(int[] idle) {
        if (sorted.length < idle.length) {
            sorted = new int[idle.length];
        }
        int total = 0;
        for (int i = 0; i < idle.length; i++) {
            int value = idle[i];
            total += value;
            int at = i;
            while (at > 0 && sorted[at - 1] < value) {
                sorted[at] = sorted[at - 1];
                at--;
            }
            sorted[at] = value;
        }
        return total;
    }
}
