package dev.modulate.router.scheduling;

import dev.modulate.router.placement.DeviceProfile;
import dev.modulate.router.placement.DeviceReservation;
import dev.modulate.router.placement.NodeProfile;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** How much of one node an execution keeps from others, in devices. */
final class Occupancy {
    private final List<DeviceProfile> devices;
    private final boolean hasSlices;

    /** What others lose with each slot, whatever is left of the devices. */
    private final double devicesOfSlot;

    Occupancy(NodeProfile node) {
        this.devices = node.devices();
        this.hasSlices = devices.stream().anyMatch(device -> !device.parent().isEmpty());
        long whole = devices.stream().filter(device -> parent(device) == null).count();
        this.devicesOfSlot = Math.min(1, (double) whole / node.slotCount());
    }

    /**
     * Of each device the compute or the memory, whichever is more, and no less than the slot is worth. What takes no device
     * keeps a slot from others, which counts as one device.
     */
    double devices(List<DeviceReservation> parts) {
        double sum = parts.isEmpty() ? 1 : 0;
        for (var part : parts) {
            sum += share(part);
        }
        return Math.max(sum, devicesOfSlot);
    }

    private double share(DeviceReservation part) {
        if (part.shareMillis() == DeviceReservation.WHOLE && !hasSlices) {
            return 1;
        }
        var device = find(part.device().value());
        if (device == null) {
            return 1;
        }
        var whole = parent(device);
        if (whole != null) {
            return ratio(device.memoryBytes(), whole);
        }
        return Math.max((double) part.shareMillis() / DeviceReservation.WHOLE, ratio(part.memoryBytes(), device));
    }

    private static double ratio(long bytes, DeviceProfile of) {
        return Math.min(1, (double) bytes / of.memoryBytes());
    }

    private @Nullable DeviceProfile parent(DeviceProfile slice) {
        return slice.parent().isEmpty() ? null : find(slice.parent());
    }

    private @Nullable DeviceProfile find(String id) {
        for (var device : devices) {
            if (device.id().value().equals(id)) {
                return device;
            }
        }
        return null;
    }
}
