package dev.modulate.router.scheduling;

import dev.modulate.router.placement.Needs;
import dev.modulate.router.placement.NodeProfile;
import dev.modulate.router.placement.NodeView;
import java.util.List;

/** Nodes that are alike, so that what fits one of them when empty fits all; labels aside. */
final class SiteKind {
    final Bag<Site> all = new Bag<>();

    /** Those with a free slot. */
    final Bag<Site> free = new Bag<>();

    /** Those with a free slot and an idle device. */
    final Bag<Site> idle = new Bag<>();

    /** One of them, to ask what could fit. */
    final NodeView example;

    /** Those on which room cost others least when that was last worked out. */
    final Bargains bargains = new Bargains();

    /** Where the next search begins. */
    private int cursor;

    /** The same for a node to hold back: to look for one changes nothing for others. */
    private int heldCursor;

    int nextHeld(int size) {
        heldCursor = after(heldCursor, size);
        return heldCursor;
    }

    /** Of so many, each in its turn. */
    int next(int size) {
        cursor = after(cursor, size);
        return cursor;
    }

    private static int after(int at, int size) {
        return at + 1 < size ? at + 1 : 0;
    }

    record Key(String pool, int slotCount, int cpuMillis, long memoryBytes, List<DeviceKind> devices) {
        static Key of(NodeProfile profile) {
            var devices = profile.devices().stream()
                    .map(device -> new DeviceKind(device.model(), device.memoryBytes()))
                    .toList();
            return new Key(profile.pool(), profile.slotCount(), profile.cpuMillis(), profile.memoryBytes(), devices);
        }
    }

    record DeviceKind(String model, long memoryBytes) {}

    /** Those that may have room for it: a GPU node often has slots left when its GPUs are taken. */
    Bag<Site> free(Needs needs) {
        return needs.deviceCount() > 0 ? idle : free;
    }

    SiteKind(NodeView example) {
        this.example = example;
    }
}
