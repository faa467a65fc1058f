package dev.modulate.router.placement;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * How scarce each device model is for those who name it: the part of the demand that names it, against its part of what is
 * idle now. 1 means that it runs out together with all others. Whoever names no model does well to take the least scarce.
 *
 * <p>Not thread-safe.
 */
final class Scarcity {
    private static final int STEPS = 20;

    /** Of a model of which nothing is left, or nearly. */
    private static final int STEPS_MAX = 10 * STEPS;

    private final List<NodeView> nodes;
    private final Map<String, Integer> models = new HashMap<>();
    private final double[] named;
    private final long[] idle;
    private final int[] steps;
    private final int[] seenVersions;
    private final int[] seenIdle;
    private final boolean anyNamed;

    Scarcity(Collection<NodeView> nodes, Demand demand) {
        this.nodes = new ArrayList<>(nodes);
        Map<String, Integer> devices = new HashMap<>();
        for (var node : nodes) {
            for (var device : node.devices()) {
                devices.merge(device.profile().model(), 1, Integer::sum);
            }
        }
        devices.keySet().forEach(model -> models.put(model, models.size()));
        named = named(demand, devices);
        idle = new long[named.length];
        steps = new int[named.length];
        seenVersions = new int[this.nodes.size()];
        Arrays.fill(seenVersions, -1);
        seenIdle = new int[this.nodes.size()];
        anyNamed = Arrays.stream(named).anyMatch(part -> part > 0);
    }

    /** Who names several models asks for each in proportion to how many there are. */
    private double[] named(Demand demand, Map<String, Integer> devices) {
        double[] named = new double[models.size()];
        demand.named().forEach((asked, part) -> {
            double count = 0;
            for (var model : devices.entrySet()) {
                count += Needs.Accelerators.matches(asked, model.getKey()) ? model.getValue() : 0;
            }
            double all = count;
            devices.forEach((model, here) -> {
                if (Needs.Accelerators.matches(asked, model)) {
                    named[models.getOrDefault(model, 0)] += part * here / all;
                }
            });
        });
        return named;
    }

    /** The model of the node, of which its devices are as a rule; -1 when it has none. */
    int model(NodeView node) {
        return node.devices().isEmpty()
                ? -1
                : models.getOrDefault(node.devices().getFirst().profile().model(), -1);
    }

    /** In steps of 5 %, as the fleet stands now. By {@link #model}. Not to be kept. */
    int[] steps() {
        if (!anyNamed) {
            return steps;
        }
        boolean changed = false;
        for (int i = 0; i < seenVersions.length; i++) {
            var node = nodes.get(i);
            if (seenVersions[i] != node.version()) {
                seenVersions[i] = node.version();
                changed |= see(i, node);
            }
        }
        if (changed) {
            long all = Arrays.stream(idle).sum();
            for (int i = 0; i < steps.length; i++) {
                double scarce = idle[i] == 0 ? STEPS_MAX : STEPS * named[i] * all / idle[i];
                steps[i] = (int) Math.min(STEPS_MAX, Math.rint(scarce));
            }
        }
        return steps;
    }

    private boolean see(int index, NodeView node) {
        int model = model(node);
        if (model < 0) {
            return false;
        }
        int now = Arrays.stream(Fragments.idle(node)).sum();
        idle[model] += now - seenIdle[index];
        seenIdle[index] = now;
        return true;
    }
}
