package dev.modulate.router.placement;

import java.util.Arrays;
import java.util.List;
import java.util.function.ToDoubleFunction;

/** Ranks the devices of a node by the fragments that would be left if a share went there. Devices that are equally idle are worked out once. */
final class ShareRank implements ToDoubleFunction<DeviceView> {
    private final Fragments fragments;
    private final int[] idle;
    private final Fragments.Sizes sizes;
    private final List<DeviceView> devices;
    private final double cpuLeft;
    private final Demand.Shape shape;
    private final double[] ranks;

    /** @param idle changed while a rank is worked out, and as before afterwards */
    ShareRank(Fragments fragments, int[] idle, Fragments.Sizes sizes, NodeView node, Needs needs) {
        this.fragments = fragments;
        this.idle = idle;
        this.sizes = sizes;
        this.devices = node.devices();
        this.cpuLeft = (double) (node.cpuFreeMillis() - needs.cpuMillis());
        this.shape = Demand.Shape.of(needs);
        this.ranks = new double[idle.length];
        Arrays.fill(ranks, Double.NaN);
    }

    @Override
    public double applyAsDouble(DeviceView device) {
        int index = 0;
        while (devices.get(index) != device) {
            index++;
        }
        if (Double.isNaN(ranks[index])) {
            ranks[index] = rank(index, shape.millisOf(device.profile()));
        }
        return ranks[index];
    }

    private double rank(int index, int millis) {
        for (int i = 0; i < index; i++) {
            if (idle[i] == idle[index] && !Double.isNaN(ranks[i])) {
                return ranks[i];
            }
        }
        int before = idle[index];
        idle[index] = Math.max(0, before - millis);
        double rank = fragments.of(idle, cpuLeft, sizes);
        idle[index] = before;
        return rank;
    }
}
