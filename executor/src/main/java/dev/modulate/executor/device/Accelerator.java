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
        Slice slice,
        String computeCapability,
        boolean simulated) {
    /**
     * Of which device this is a MIG slice, and of which profile.
     *
     * @param profile such as {@code 1g.10gb}
     */
    public record Slice(String parentDeviceId, String profile) {
        /** For a whole device. */
        public static final Slice NONE = new Slice("", "");
    }

    /** A whole device of which the compute capability is not known. */
    public Accelerator(
            String deviceId,
            String model,
            long memoryBytes,
            long memoryReservedBytes,
            String driverVersion,
            String linkGroup,
            boolean simulated) {
        this(deviceId, model, memoryBytes, memoryReservedBytes, driverVersion, linkGroup, Slice.NONE, "", simulated);
    }

    public long capacityBytes() {
        return memoryBytes - memoryReservedBytes;
    }
}
