package dev.modulate.registry.proto;

import dev.modulate.registry.catalog.DeviceIsolation;
import dev.modulate.registry.catalog.DeviceLink;
import dev.modulate.registry.catalog.Spec;
import dev.modulate.registry.v1.AcceleratorRequirements;
import dev.modulate.registry.v1.Isolation;
import dev.modulate.registry.v1.Link;

/** Needs of accelerators in the contract's terms, both ways. */
final class AcceleratorProto {
    private AcceleratorProto() {}

    static Spec.Accelerator read(AcceleratorRequirements proto) {
        return new Spec.Accelerator(
                proto.getModel(),
                Integer.toUnsignedLong(proto.getDeviceCount()),
                proto.getDeviceMemoryBytes(),
                Integer.toUnsignedLong(proto.getShareMilli()),
                proto.getMigProfile(),
                switch (proto.getLink()) {
                    case LINK_UNSPECIFIED -> DeviceLink.UNSPECIFIED;
                    case LINK_PREFERRED -> DeviceLink.PREFERRED;
                    case LINK_REQUIRED -> DeviceLink.REQUIRED;
                    case UNRECOGNIZED -> DeviceLink.UNKNOWN;
                },
                switch (proto.getIsolation()) {
                    case ISOLATION_UNSPECIFIED -> DeviceIsolation.UNSPECIFIED;
                    case ISOLATION_TENANT -> DeviceIsolation.TENANT;
                    case ISOLATION_FUNCTION -> DeviceIsolation.FUNCTION;
                    case ISOLATION_NONE -> DeviceIsolation.NONE;
                    case UNRECOGNIZED -> DeviceIsolation.UNKNOWN;
                });
    }

    static AcceleratorRequirements write(Spec.Accelerator accelerator) {
        return AcceleratorRequirements.newBuilder()
                .setModel(accelerator.model())
                .setDeviceCount((int) accelerator.deviceCount())
                .setDeviceMemoryBytes(accelerator.deviceMemoryBytes())
                .setShareMilli((int) accelerator.shareMilli())
                .setMigProfile(accelerator.migProfile())
                .setLink(
                        switch (accelerator.link()) {
                            case UNSPECIFIED, UNKNOWN -> Link.LINK_UNSPECIFIED;
                            case PREFERRED -> Link.LINK_PREFERRED;
                            case REQUIRED -> Link.LINK_REQUIRED;
                        })
                .setIsolation(
                        switch (accelerator.isolation()) {
                            case UNSPECIFIED, UNKNOWN -> Isolation.ISOLATION_UNSPECIFIED;
                            case TENANT -> Isolation.ISOLATION_TENANT;
                            case FUNCTION -> Isolation.ISOLATION_FUNCTION;
                            case NONE -> Isolation.ISOLATION_NONE;
                        })
                .build();
    }
}
