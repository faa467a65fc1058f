package dev.modulate.router.placement;

import java.util.ArrayList;
import java.util.List;

/**
 * Why a node does not take an execution, in words for people.
 *
 * @param permanent true when it would not fit even if the node were empty and well
 */
public record Obstacle(String words, boolean permanent) {
    /** Everything in the way; empty exactly when {@link NodeView#fit} finds room. */
    public static List<Obstacle> of(NodeView node, Needs needs) {
        var found = new ArrayList<Obstacle>();
        var profile = node.profile();
        if (node.state() != NodeState.ACTIVE) {
            found.add(new Obstacle("node is " + node.state(), false));
        }
        if (!profile.pool().equals(needs.pool())) {
            found.add(new Obstacle("pool: " + profile.pool() + " (needs " + needs.pool() + ")", true));
        }
        needs.labels().forEach((name, value) -> {
            if (!value.equals(profile.labels().get(name))) {
                found.add(new Obstacle("label " + name + " is not " + value, true));
            }
        });
        if (node.freeSlots() <= 0) {
            found.add(new Obstacle("all " + profile.slotCount() + " slots are taken", false));
        }
        amount(found, "cpu_millis", needs.cpuMillis(), node.cpuFreeMillis(), profile.cpuMillis());
        amount(found, "memory_bytes", needs.memoryBytes(), node.memoryFreeBytes(), profile.memoryBytes());
        if (needs.accelerators() != null) {
            devices(found, node, needs.accelerators());
        }
        return List.copyOf(found);
    }

    private static void amount(List<Obstacle> found, String what, long needed, long free, long total) {
        if (needed > 0 && free < needed) {
            found.add(new Obstacle(what + ": " + free + " free (needs " + needed + ")", total < needed));
        }
    }

    private static void devices(List<Obstacle> found, NodeView node, Needs.Accelerators needs) {
        var ofModel =
                node.devices().stream().filter(device -> device.isModel(needs)).toList();
        long large = ofModel.stream()
                .filter(device -> device.profile().memoryBytes() >= needs.memoryBytes())
                .count();
        String wanted = needs.count() + (needs.model().isEmpty() ? " devices" : " of " + needs.model());
        if (ofModel.size() < needs.count()) {
            found.add(new Obstacle("devices: " + ofModel.size() + " (needs " + wanted + ")", true));
        } else if (large < needs.count()) {
            found.add(new Obstacle(
                    "devices with " + needs.memoryBytes() + " bytes: " + large + " (needs " + wanted + ")", true));
        } else if (ofModel.stream().filter(device -> device.takes(needs)).count() < needs.count()) {
            ofModel.stream()
                    .filter(device -> !device.takes(needs))
                    .forEach(device -> found.add(new Obstacle(words(device, needs), false)));
        }
    }

    private static String words(DeviceView device, Needs.Accelerators needs) {
        String id = device.profile().id().value();
        if (!device.healthy()) {
            return id + " is not healthy: " + device.healthReason();
        }
        return needs.whole()
                ? id + " runs " + device.placedCount() + " executions (needs the whole device)"
                : id + " has " + device.memoryFreeBytes() + " bytes free (needs " + needs.memoryBytes() + ")";
    }
}
