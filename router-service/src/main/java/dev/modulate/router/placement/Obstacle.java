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
        if (!needs.inPool(profile)) {
            found.add(new Obstacle("pool: " + profile.pool() + " (needs " + needs.pool() + ")", true));
        }
        needs.labels().forEach((name, value) -> {
            if (!value.equals(profile.labels().get(name))) {
                found.add(new Obstacle("label " + name + " is not " + value, true));
            }
        });
        if (!needs.rule().allows(profile)) {
            found.add(new Obstacle("the rule " + needs.rule() + " does not allow it", true));
        }
        if (node.freeSlots() <= 0) {
            found.add(new Obstacle("all " + profile.slotCount() + " slots are taken", false));
        }
        amount(found, "cpu_millis", needs.cpuMillis(), node.cpuFreeMillis(), profile.cpuMillis());
        amount(found, "memory_bytes", needs.memoryBytes(), node.memoryFreeBytes(), profile.memoryBytes());
        if (needs.accelerators() != null) {
            devices(found, node, needs, needs.accelerators());
        }
        return List.copyOf(found);
    }

    private static void amount(List<Obstacle> found, String what, long needed, long free, long total) {
        if (needed > 0 && free < needed) {
            found.add(new Obstacle(what + ": " + free + " free (needs " + needed + ")", total < needed));
        }
    }

    private static void devices(List<Obstacle> found, NodeView node, Needs needs, Needs.Accelerators asked) {
        var ofKind =
                node.devices().stream().filter(device -> device.isKind(asked)).toList();
        long large =
                ofKind.stream().filter(device -> device.couldEverTake(asked)).count();
        String wanted = wanted(asked);
        if (ofKind.size() < asked.count()) {
            found.add(new Obstacle("devices: " + ofKind.size() + " (needs " + wanted + ")", true));
        } else if (large < asked.count()) {
            found.add(new Obstacle(
                    "devices with " + asked.memoryBytes() + " bytes: " + large + " (needs " + wanted + ")", true));
        } else if (!DeviceChoice.couldEver(node.devices(), asked)) {
            found.add(new Obstacle("no link group has " + asked.count() + " of the devices", true));
        } else {
            devicesNow(found, ofKind, needs, asked);
        }
    }

    private static void devicesNow(
            List<Obstacle> found, List<DeviceView> ofKind, Needs needs, Needs.Accelerators asked) {
        var free = ofKind.stream()
                .filter(device -> device.takes(needs.function(), asked))
                .toList();
        if (free.size() < asked.count()) {
            ofKind.stream()
                    .filter(device -> !free.contains(device))
                    .forEach(device -> found.add(new Obstacle(words(device, needs.function(), asked), false)));
        } else if (!DeviceChoice.linkable(free, asked)) {
            found.add(new Obstacle("no link group has " + asked.count() + " free devices", false));
        }
    }

    private static String wanted(Needs.Accelerators asked) {
        String kind = asked.migProfile().isEmpty() ? "" : " MIG slices " + asked.migProfile();
        String model = asked.model().isEmpty() ? "" : " of " + asked.model();
        return asked.count() + (kind.isEmpty() && model.isEmpty() ? " devices" : kind + model);
    }

    private static String words(DeviceView device, FunctionKey function, Needs.Accelerators asked) {
        String id = device.profile().id().value();
        if (!device.healthy()) {
            return id + " is not healthy: " + device.healthReason();
        }
        if (device.placedCount() == 0
                && !device.isWhole()
                && (asked.whole() || device.profile().slice())) {
            return id + " has " + device.memoryForeignBytes() + " bytes that processes outside the platform hold";
        }
        if (asked.whole()) {
            return id + " runs " + device.placedCount() + " executions (needs the whole device)";
        }
        if (!device.welcomes(function, asked)) {
            return id + " is shared by executions that do not mix with this one (isolation " + asked.isolation() + ")";
        }
        int shareFree = DeviceReservation.WHOLE - device.sharePlacedMillis();
        if (shareFree < asked.shareMillis()) {
            return id + " has " + shareFree + " thousandths free (needs " + asked.shareMillis() + ")";
        }
        return id + " has " + device.memoryFreeBytes() + " bytes free (needs " + asked.memoryBytes() + " and leaves "
                + device.profile().spareBytes() + " spare)" + foreign(device);
    }

    private static String foreign(DeviceView device) {
        return device.memoryForeignBytes() == 0
                ? ""
                : "; processes outside the platform hold " + device.memoryForeignBytes();
    }
}
