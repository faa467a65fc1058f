package dev.modulate.router.wire;

import dev.modulate.executor.v1.Device;
import dev.modulate.registry.v1.AcceleratorRequirements;
import dev.modulate.router.placement.DeviceId;
import dev.modulate.router.placement.DeviceProfile;
import dev.modulate.router.placement.DeviceReservation;
import dev.modulate.router.placement.Isolation;
import dev.modulate.router.placement.Link;
import dev.modulate.router.placement.Needs;

/** Devices and parts of them, both ways. */
final class Shares {
    private static final int SHARE_MILLIS_MAX = DeviceReservation.WHOLE - 1;

    private Shares() {}

    /** The registry has checked the spec; what an unchecked one says wrongly is read as the nearest that makes sense. */
    static Needs.Accelerators needs(AcceleratorRequirements asked) {
        boolean slice = !asked.getMigProfile().isEmpty();
        return new Needs.Accelerators(
                asked.getModel(),
                slice ? 1 : Math.max(1, asked.getDeviceCount()),
                slice ? 0 : Math.max(0, asked.getDeviceMemoryBytes()),
                slice ? 0 : Math.clamp(asked.getShareMilli(), 0, SHARE_MILLIS_MAX),
                asked.getMigProfile(),
                switch (asked.getLink()) {
                    case LINK_REQUIRED -> Link.REQUIRED;
                    case LINK_PREFERRED, LINK_UNSPECIFIED, UNRECOGNIZED -> Link.PREFERRED;
                },
                isolation(asked.getIsolation()));
    }

    static DeviceProfile profile(Device device) {
        return new DeviceProfile(
                new DeviceId(device.getDeviceId()),
                device.getModel(),
                device.getMemoryBytes() - device.getMemoryReservedBytes(),
                device.getLinkGroup(),
                device.getParentDeviceId(),
                device.getMigProfile());
    }

    static DeviceReservation read(dev.modulate.executor.v1.DeviceReservation part) {
        return new DeviceReservation(
                new DeviceId(part.getDeviceId()),
                Math.max(0, part.getMemoryBytes()),
                Math.clamp(part.getShareMilli(), 0, DeviceReservation.WHOLE),
                isolation(part.getIsolation()));
    }

    static dev.modulate.executor.v1.DeviceReservation write(DeviceReservation part) {
        return dev.modulate.executor.v1.DeviceReservation.newBuilder()
                .setDeviceId(part.device().value())
                .setMemoryBytes(part.memoryBytes())
                .setShareMilli(part.shareMillis())
                .setIsolation(
                        switch (part.isolation()) {
                            case TENANT -> dev.modulate.registry.v1.Isolation.ISOLATION_TENANT;
                            case FUNCTION -> dev.modulate.registry.v1.Isolation.ISOLATION_FUNCTION;
                            case NONE -> dev.modulate.registry.v1.Isolation.ISOLATION_NONE;
                        })
                .build();
    }

    private static Isolation isolation(dev.modulate.registry.v1.Isolation isolation) {
        return switch (isolation) {
            case ISOLATION_FUNCTION -> Isolation.FUNCTION;
            case ISOLATION_NONE -> Isolation.NONE;
            case ISOLATION_TENANT, ISOLATION_UNSPECIFIED, UNRECOGNIZED -> Isolation.TENANT;
        };
    }
}
