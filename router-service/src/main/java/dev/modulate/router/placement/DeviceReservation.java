package dev.modulate.router.placement;

/** Part of a device that is set aside for one execution. */
public record DeviceReservation(DeviceId device, long memoryBytes) {
    public DeviceReservation {
        if (memoryBytes < 0) {
            throw new IllegalArgumentException("memory_bytes: " + memoryBytes + " (expected: >= 0)");
        }
    }
}
