package dev.modulate.router.placement;

import java.util.Collection;
import java.util.HashMap;
import java.util.Map;

/** How much of each device model is asked for by name, in steps of 5 % of what there is, when the whole fleet is asked for. */
record Scarcity(Map<String, Integer> stepsByModel) {
    static final Scarcity NONE = new Scarcity(Map.of());
    private static final int STEPS = 20;

    static Scarcity of(Collection<NodeView> nodes, Demand demand) {
        Map<String, Integer> devices = new HashMap<>();
        for (var node : nodes) {
            for (var device : node.devices()) {
                devices.merge(device.profile().model(), 1, Integer::sum);
            }
        }
        double fleet = devices.values().stream().mapToInt(Integer::intValue).sum();
        double asked = demand.shapes().stream()
                .mapToDouble(each -> each.weight() * each.shape().devices())
                .sum();
        Map<String, Double> named = new HashMap<>();
        for (var each : demand.shapes()) {
            named(each, devices).forEach((model, part) -> named.merge(model, part, Double::sum));
        }
        Map<String, Integer> steps = new HashMap<>();
        named.forEach((model, part) ->
                steps.put(model, (int) Math.rint(STEPS * part / asked * fleet / devices.getOrDefault(model, 1))));
        return new Scarcity(Map.copyOf(steps));
    }

    /** A prefix asks for its models in proportion to how many there are of each. */
    private static Map<String, Double> named(Demand.Weighted each, Map<String, Integer> devices) {
        var accelerators = each.shape().accelerators();
        Map<String, Double> parts = new HashMap<>();
        if (accelerators == null || accelerators.model().isEmpty()) {
            return parts;
        }
        double matching = 0;
        for (var model : devices.entrySet()) {
            if (accelerators.takesModel(model.getKey())) {
                matching += model.getValue();
                parts.put(model.getKey(), (double) model.getValue());
            }
        }
        double all = matching;
        parts.replaceAll((model, count) -> each.weight() * each.shape().devices() * count / all);
        return parts;
    }

    /** Of the node's devices, which are of one model as a rule. */
    int steps(NodeView node) {
        return node.devices().isEmpty()
                ? 0
                : stepsByModel.getOrDefault(node.devices().getFirst().profile().model(), 0);
    }
}
