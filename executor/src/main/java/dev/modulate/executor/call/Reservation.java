package dev.modulate.executor.call;

/**
 * Part of a device that the router has set aside.
 *
 * @param shareMillis compute in thousandths of the device: {@link #WHOLE} for all of it, zero for what time-slicing gives
 * @param isolation who else may use the device meanwhile
 */
public record Reservation(String deviceId, long memoryBytes, int shareMillis, Isolation isolation) {
    public static final int WHOLE = 1_000;

    /** Memory only. */
    public Reservation(String deviceId, long memoryBytes) {
        this(deviceId, memoryBytes, 0, Isolation.TENANT);
    }

    public boolean isWhole() {
        return shareMillis == WHOLE;
    }

    /** Whether it is a part of the compute: neither all of it nor what time-slicing gives. */
    public boolean isShare() {
        return shareMillis > 0 && shareMillis < WHOLE;
    }
}
