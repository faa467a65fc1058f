package dev.modulate.router.placement;

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
    private final Map<List<Kind>, int[][]> millis = new HashMap<>();

    /** What the size of a shape on a device depends on. */
    private record Kind(String model, long memoryBytes, String migProfile) {}

    Fragments(Demand demand) {
        this.demand = demand;
        this.cpuMillisPerDevice = CPU_PART * demand.cpuMillisPerDevice();
    }

    /** Idle thousandths of each device. */
    static int[] idle(NodeView node) {
        var devices = node.devices();
        int[] idle = new int[devices.size()];
        for (int i = 0; i < idle.length; i++) {
            idle[i] = devices.get(i).profile().slice() ? 0 : devices.get(i).idleMillis();
        }
        return idle;
    }

    /** For each shape, what it takes of each device of the node; zero where the device is not of its kind. */
    int[][] sizes(NodeView node) {
        var kinds = node.profile().devices().stream()
                .map(device -> new Kind(device.model(), device.memoryBytes(), device.migProfile()))
                .toList();
        return millis.computeIfAbsent(
                kinds,
                key -> demand.shapes().stream()
                        .map(each -> sizes(each.shape(), node.devices()))
                        .toArray(int[][]::new));
    }

    private static int[] sizes(Demand.Shape shape, List<DeviceView> devices) {
        var accelerators = shape.accelerators();
        int[] sizes = new int[devices.size()];
        for (int i = 0; accelerators != null && i < sizes.length; i++) {
            if (devices.get(i).couldEverTake(accelerators)) {
                sizes[i] = shape.millisOf(devices.get(i).profile());
            }
        }
        return sizes;
    }

    /** @param sizes of {@link #sizes} for this kind of node */
    double of(int[] idle, double cpuFreeMillis, int[][] sizes) {
        int total = 0;
        for (int each : idle) {
            total += each;
        }
        if (total == 0) {
            return 0;
        }
        double usable = cpuMillisPerDevice == 0
                ? total
                : Math.min(total, DeviceReservation.WHOLE * Math.max(0, cpuFreeMillis) / cpuMillisPerDevice);
        double fragments = 0;
        var shapes = demand.shapes();
        for (int i = 0; i < sizes.length; i++) {
            var each = shapes.get(i);
            fragments +=
                    each.weight() * (total - Math.min(usable, usableBy(each.shape(), idle, cpuFreeMillis, sizes[i])));
        }
        return fragments;
    }

    private static double usableBy(Demand.Shape shape, int[] idle, double cpuFreeMillis, int[] sizes) {
        var accelerators = shape.accelerators();
        if (accelerators == null || cpuFreeMillis < shape.cpuMillis()) {
            return 0;
        }
        int enough = 0;
        int usable = 0;
        for (int i = 0; i < idle.length; i++) {
            if (sizes[i] > 0 && idle[i] >= sizes[i]) {
                enough++;
                usable += idle[i];
            }
        }
        return enough >= accelerators.count() ? usable : 0;
    }
}
