package dev.modulate.router.placement;

/**
 * Facts of one device.
 *
 * @param memoryBytes what functions can use: without what the driver keeps
 * @param linkGroup devices of one group reach each other fast; empty when there is none
 */
public record DeviceProfile(DeviceId id, String model, long memoryBytes, String linkGroup) {
    public DeviceProfile {
        if (memoryBytes <= 0) {
            throw new IllegalArgumentException(
                    "memory_bytes of " + id + ": " + memoryBytes + " (expected: > 0, without the driver's reserve)");
        }
    }
}
