package dev.modulate.router.placement;

/**
 * Part of a device that is set aside for one execution.
 *
 * @param shareMillis compute in thousandths: {@link #WHOLE} for a whole device, zero for what time-slicing gives
 * @param isolation who else may use the device meanwhile
 */
public record DeviceReservation(DeviceId device, long memoryBytes, int shareMillis, Isolation isolation) {
    /** All of a device's compute. */
    public static final int WHOLE = 1_000;

    public DeviceReservation {
        if (memoryBytes < 0) {
            throw new IllegalArgumentException("memory_bytes: " + memoryBytes + " (expected: >= 0)");
        }
        if (shareMillis < 0 || shareMillis > WHOLE) {
            throw new IllegalArgumentException("share_milli: " + shareMillis + " (expected: 0 to " + WHOLE + ")");
        }
    }

    /** Memory only. */
    public DeviceReservation(DeviceId device, long memoryBytes) {
        this(device, memoryBytes, 0, Isolation.TENANT);
    }
}
