package dev.modulate.router.scheduling;

import dev.modulate.router.placement.NodeProfile;
import dev.modulate.router.placement.NodeView;
import java.util.List;

/** Nodes that are alike, so that what fits one of them when empty fits all; labels aside. */
final class SiteKind {
    final Bag<Site> all = new Bag<>();

    /** Those with room. */
    final Bag<Site> free = new Bag<>();

    /** One of them, to ask what could fit. */
    final NodeView example;

    /** Where the next search begins. */
    int cursor;

    record Key(String pool, int slotCount, int cpuMillis, long memoryBytes, List<DeviceKind> devices) {
        static Key of(NodeProfile profile) {
            var devices = profile.devices().stream()
                    .map(device -> new DeviceKind(device.model(), device.memoryBytes()))
                    .toList();
            return new Key(profile.pool(), profile.slotCount(), profile.cpuMillis(), profile.memoryBytes(), devices);
        }
    }

    record DeviceKind(String model, long memoryBytes) {}

    SiteKind(NodeView example) {
        this.example = example;
    }
}
