package dev.modulate.router.placement;

/**
 * Facts of one device.
 *
 * @param memoryBytes what functions can use: without what the driver keeps
 * @param linkGroup devices of one group reach each other fast; empty when there is none
 * @param parent the device that this one is a slice of; empty for a whole device
 * @param migProfile shape of the slice, such as {@code 1g.10gb}; empty for a whole device
 */
public record DeviceProfile(
        DeviceId id, String model, long memoryBytes, String linkGroup, String parent, String migProfile) {
    private static final long SPARE_BYTES = 512L << 20;
    private static final int SPARE_PARTS = 50;
    private static final int SPARE_PARTS_AT_MOST = 8;

    public DeviceProfile {
        if (memoryBytes <= 0) {
            throw new IllegalArgumentException(
                    "memory_bytes of " + id + ": " + memoryBytes + " (expected: > 0, without the driver's reserve)");
        }
    }

    /** A whole device. */
    public DeviceProfile(DeviceId id, String model, long memoryBytes, String linkGroup) {
        this(id, model, memoryBytes, linkGroup, "", "");
    }

    /**
     * Memory that stays free while several share it, since every process takes more than it asks for: 512 MiB or 2 %,
     * whichever is more, and never above an eighth.
     */
    public long spareBytes() {
        return Math.max(memoryBytes / SPARE_PARTS, Math.min(SPARE_BYTES, memoryBytes / SPARE_PARTS_AT_MOST));
    }

    /** Whether it can be shared at all: a slice is one function's. */
    boolean slice() {
        return !migProfile.isEmpty();
    }
}
