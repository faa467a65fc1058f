package dev.modulate.executor.device;

/**
 * How one accelerator stands.
 *
 * @param memoryUsedBytes in use by anyone, without the driver's reserve
 * @param healthReason why it is not healthy; empty when it is
 * @param temperatureCelsius zero when unknown
 * @param powerMilliwatts zero when unknown
 */
public record AcceleratorLoad(
        String deviceId,
        long memoryUsedBytes,
        int utilizationPercent,
        String healthReason,
        int temperatureCelsius,
        int powerMilliwatts) {
    public boolean healthy() {
        return healthReason.isEmpty();
    }
}
