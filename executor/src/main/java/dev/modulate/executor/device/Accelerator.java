package dev.modulate.executor.device;

/**
 * One accelerator, or one partition of it.
 *
 * @param deviceId the vendor's unique id
 * @param memoryReservedBytes memory that the driver keeps for itself
 * @param linkGroup devices of one group reach each other directly; empty when there is none
 */
public record Accelerator(
        String deviceId,
        String model,
        long memoryBytes,
        long memoryReservedBytes,
        String driverVersion,
        String linkGroup,
        boolean simulated) {
    public long capacityBytes() {
        return memoryBytes - memoryReservedBytes;
    }
}
