package dev.modulate.executor.attach;

import dev.modulate.executor.call.Reservation;
import dev.modulate.executor.device.Accelerator;
import dev.modulate.executor.v1.Device;
import dev.modulate.executor.v1.DeviceReservation;
import dev.modulate.registry.v1.Isolation;

/** Devices and parts of them, both ways. */
final class DeviceProto {
    private DeviceProto() {}

    static Device write(Accelerator accelerator) {
        return Device.newBuilder()
                .setDeviceId(accelerator.deviceId())
                .setModel(accelerator.model())
                .setMemoryBytes(accelerator.memoryBytes())
                .setMemoryReservedBytes(accelerator.memoryReservedBytes())
                .setDriverVersion(accelerator.driverVersion())
                .setLinkGroup(accelerator.linkGroup())
                .setSimulated(accelerator.simulated())
                .setParentDeviceId(accelerator.slice().parentDeviceId())
                .setMigProfile(accelerator.slice().profile())
                .setComputeCapability(accelerator.computeCapability())
                .build();
    }

    static Reservation read(DeviceReservation part) {
        return new Reservation(
                part.getDeviceId(),
                part.getMemoryBytes(),
                part.getShareMilli(),
                switch (part.getIsolation()) {
                    case ISOLATION_FUNCTION -> dev.modulate.executor.call.Isolation.FUNCTION;
                    case ISOLATION_NONE -> dev.modulate.executor.call.Isolation.NONE;
                    case ISOLATION_TENANT, ISOLATION_UNSPECIFIED, UNRECOGNIZED ->
                        dev.modulate.executor.call.Isolation.TENANT;
                });
    }

    static DeviceReservation write(Reservation part) {
        return DeviceReservation.newBuilder()
                .setDeviceId(part.deviceId())
                .setMemoryBytes(part.memoryBytes())
                .setShareMilli(part.shareMillis())
                .setIsolation(
                        switch (part.isolation()) {
                            case TENANT -> Isolation.ISOLATION_TENANT;
                            case FUNCTION -> Isolation.ISOLATION_FUNCTION;
                            case NONE -> Isolation.ISOLATION_NONE;
                        })
                .build();
    }
}
