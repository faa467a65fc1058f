package dev.modulate.executor.device;

/**
 * How one accelerator stands.
 *
 * @param memoryUsedBytes in use by anyone, without the driver's reserve
 * @param memoryForeignBytes part of it that no process of a function holds; zero when that cannot be told
 * @param healthReason why it is not healthy; empty when it is
 * @param temperatureCelsius zero when unknown
 * @param powerMilliwatts zero when unknown
 */
public record AcceleratorLoad(
        String deviceId,
        long memoryUsedBytes,
        long memoryForeignBytes,
        int utilizationPercent,
        String healthReason,
        int temperatureCelsius,
        int powerMilliwatts) {
    /** Of a device that nobody else uses. */
    public AcceleratorLoad(
            String deviceId,
            long memoryUsedBytes,
            int utilizationPercent,
            String healthReason,
            int temperatureCelsius,
            int powerMilliwatts) {
        this(deviceId, memoryUsedBytes, 0, utilizationPercent, healthReason, temperatureCelsius, powerMilliwatts);
    }

    /** As it was last known, of a device that does not answer now. */
    public AcceleratorLoad silent(String reason) {
        return new AcceleratorLoad(deviceId, memoryUsedBytes, memoryForeignBytes, 0, reason, 0, 0);
    }

    public boolean healthy() {
        return healthReason.isEmpty();
    }
}
