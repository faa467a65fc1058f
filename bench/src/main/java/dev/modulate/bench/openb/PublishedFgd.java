package dev.modulate.bench.openb;

import dev.modulate.router.placement.DeviceView;
import dev.modulate.router.placement.FleetView;
import dev.modulate.router.placement.Needs;
import dev.modulate.router.placement.NodeView;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Fragmentation gradient descent as published: idle compute that the tasks making up 95 % of the workload could not use, the
 * growth of it squeezed into 100 steps, and the first node by name among equal ones. It knows the workload beforehand.
 */
final class PublishedFgd implements Placer {
    private static final double TYPICAL_PART = 0.95;
    private static final double SCALE = 1_000;

    private final List<Typical> typical = new ArrayList<>();
    private final Placer placer = Baselines.first(this::score);

    private record Typical(Pod pod, double weight) {}

    private record Key(int cpuMillis, int devices, int millis, String model) {}

    PublishedFgd(List<Pod> workload) {
        Map<Key, Integer> counts = new HashMap<>();
        Map<Key, Pod> pods = new HashMap<>();
        for (var pod : workload) {
            var key = new Key(pod.needs().cpuMillis(), pod.devices(), pod.millis(), model(pod.needs()));
            counts.merge(key, 1, Integer::sum);
            pods.putIfAbsent(key, pod);
        }
        var byCount = new ArrayList<>(counts.entrySet());
        byCount.sort(Map.Entry.<Key, Integer>comparingByValue().reversed());
        int covered = 0;
        int used = 0;
        while (covered < TYPICAL_PART * workload.size()) {
            covered += byCount.get(used++).getValue();
        }
        for (var each : byCount.subList(0, used)) {
            typical.add(
                    new Typical(Objects.requireNonNull(pods.get(each.getKey())), each.getValue() / (double) covered));
        }
    }

    private static String model(Needs needs) {
        var asked = needs.accelerators();
        return asked == null ? "" : asked.model();
    }

    @Override
    public @Nullable Place place(FleetView fleet, Needs needs) {
        var chosen = placer.place(fleet, needs);
        return chosen == null
                ? null
                : Baselines.place(chosen.node(), needs, device -> after(chosen.node(), needs, device));
    }

    private double score(NodeView node, Needs needs) {
        var devices = node.fit(needs, device -> after(node, needs, device));
        if (devices == null) {
            return Double.POSITIVE_INFINITY;
        }
        int[] idle = idle(node);
        double before = fragments(node, node.cpuFreeMillis(), idle);
        for (int i = 0; i < idle.length; i++) {
            var id = node.devices().get(i).profile().id();
            if (devices.stream().anyMatch(part -> part.device().equals(id))) {
                idle[i] -= Baselines.millis(needs) / devices.size();
            }
        }
        double growth = fragments(node, node.cpuFreeMillis() - needs.cpuMillis(), idle) - before;
        return -Math.floor(100 / (1 + Math.exp(growth / SCALE)));
    }

    private double after(NodeView node, Needs needs, DeviceView device) {
        if (needs.accelerators() == null || needs.accelerators().whole()) {
            return 0;
        }
        int[] idle = idle(node);
        idle[node.devices().indexOf(device)] -= needs.accelerators().shareMillis();
        return fragments(node, node.cpuFreeMillis() - needs.cpuMillis(), idle);
    }

    private static int[] idle(NodeView node) {
        return node.devices().stream()
                .mapToInt(device -> 1_000 - device.sharePlacedMillis())
                .toArray();
    }

    private double fragments(NodeView node, long cpuFreeMillis, int[] idle) {
        int total = 0;
        for (int each : idle) {
            total += each;
        }
        if (total == 0) {
            return 0;
        }
        String model = node.devices().getFirst().profile().model();
        double fragments = 0;
        for (var each : typical) {
            fragments += each.weight() * useless(each.pod(), model, cpuFreeMillis, idle, total);
        }
        return fragments;
    }

    private static int useless(Pod pod, String model, long cpuFreeMillis, int[] idle, int total) {
        var asked = pod.needs().accelerators();
        if (asked == null || cpuFreeMillis < pod.needs().cpuMillis() || !asked.takesModel(model)) {
            return total;
        }
        int enough = 0;
        int small = 0;
        for (int each : idle) {
            if (each >= pod.millis()) {
                enough++;
            } else {
                small += each;
            }
        }
        return enough >= pod.devices() ? small : total;
    }
}
