package dev.modulate.router.placement;

import java.util.List;

/** What one execution holds on its node, beside one slot. */
public record Holding(FunctionKey function, int cpuMillis, long memoryBytes, List<DeviceReservation> devices) {
    public Holding {
        devices = List.copyOf(devices);
    }

    public static Holding of(Needs needs, List<DeviceReservation> devices) {
        return new Holding(needs.function(), needs.cpuMillis(), needs.memoryBytes(), devices);
    }
}
