package dev.modulate.bench.openb;

import dev.modulate.router.placement.DeviceView;
import dev.modulate.router.placement.FleetView;
import dev.modulate.router.placement.Needs;
import dev.modulate.router.placement.NodeView;
import java.util.List;
import java.util.Random;
import java.util.function.ToDoubleBiFunction;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/** What placement is compared with, as the published comparison ran it. */
final class Baselines {
    private static final double CPU_UNIT = 128_000;
    private static final double DEVICE_UNIT = 8_000;

    private Baselines() {}

    /** Any node with room, and any device of it. */
    static Placer random(Random random) {
        var table = new Table((node, needs) -> node.fit(needs) == null ? Double.POSITIVE_INFINITY : 0);
        return (fleet, needs) ->
                place(any(fleet, table.scores(fleet, needs), random), needs, device -> random.nextDouble());
    }

    /** The first node by name. */
    static Placer firstFit() {
        return first((node, needs) -> node.fit(needs) == null ? Double.POSITIVE_INFINITY : 0);
    }

    /** Where least would be left, CPU and devices counted alike; equal ones at random. */
    static Placer bestFit(Random random) {
        var table = new Table(Baselines::remainder);
        return (fleet, needs) -> place(any(fleet, table.scores(fleet, needs), random), needs, device -> 0);
    }

    /** The first node by name among those of the lowest score. */
    static Placer first(ToDoubleBiFunction<NodeView, Needs> score) {
        var table = new Table(score);
        return (fleet, needs) -> {
            double[] scores = table.scores(fleet, needs);
            int best = 0;
            for (int i = 1; i < scores.length; i++) {
                best = scores[i] < scores[best] ? i : best;
            }
            return place(
                    scores[best] < Double.POSITIVE_INFINITY ? Table.nodes(fleet).get(best) : null, needs, device -> 0);
        };
    }

    private static double remainder(NodeView node, Needs needs) {
        if (node.fit(needs) == null) {
            return Double.POSITIVE_INFINITY;
        }
        int idle = 0;
        for (var device : node.devices()) {
            idle += 1_000 - device.sharePlacedMillis();
        }
        return (node.cpuFreeMillis() - needs.cpuMillis()) / CPU_UNIT + (idle - millis(needs)) / DEVICE_UNIT;
    }

    static int millis(Needs needs) {
        var asked = needs.accelerators();
        return asked == null ? 0 : asked.count() * (asked.whole() ? 1_000 : asked.shareMillis());
    }

    /** One of the nodes with the lowest score, each as likely; null when there is none. */
    private static @Nullable NodeView any(FleetView fleet, double[] scores, Random random) {
        double lowest = Double.POSITIVE_INFINITY;
        int best = -1;
        int equal = 0;
        for (int i = 0; i < scores.length; i++) {
            if (scores[i] < lowest) {
                lowest = scores[i];
                equal = 1;
                best = i;
            } else if (scores[i] == lowest && best >= 0 && random.nextInt(++equal) == 0) {
                best = i;
            }
        }
        return best < 0 ? null : Table.nodes(fleet).get(best);
    }

    static Placer.@Nullable Place place(@Nullable NodeView node, Needs needs, ToDoubleFunction<DeviceView> rank) {
        if (node == null) {
            return null;
        }
        var devices = node.fit(needs, rank);
        return new Placer.Place(node, devices == null ? List.of() : devices);
    }
}
