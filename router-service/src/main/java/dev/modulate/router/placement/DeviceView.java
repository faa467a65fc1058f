package dev.modulate.router.placement;

/** One device of a node: its facts, what is reserved on it, and what the node last said. */
public final class DeviceView {
    private final DeviceProfile profile;
    private long memoryPlacedBytes;
    private int placedCount;
    private long memoryUsedBytes;
    private boolean healthy = true;
    private String healthReason = "";

    DeviceView(DeviceProfile profile) {
        this.profile = profile;
    }

    public DeviceProfile profile() {
        return profile;
    }

    public long memoryPlacedBytes() {
        return memoryPlacedBytes;
    }

    public long memoryFreeBytes() {
        return profile.memoryBytes() - memoryPlacedBytes;
    }

    /** Executions that hold a part of it. */
    public int placedCount() {
        return placedCount;
    }

    /** As reported: warm instances and foreign processes included. */
    public long memoryUsedBytes() {
        return memoryUsedBytes;
    }

    public boolean healthy() {
        return healthy;
    }

    public String healthReason() {
        return healthReason;
    }

    boolean isModel(Needs.Accelerators needs) {
        return profile.model().startsWith(needs.model());
    }

    boolean takes(Needs.Accelerators needs) {
        return healthy
                && isModel(needs)
                && (needs.whole() ? placedCount == 0 : memoryFreeBytes() >= needs.memoryBytes());
    }

    /** What an execution with these needs sets aside here. */
    DeviceReservation reservation(Needs.Accelerators needs) {
        return new DeviceReservation(profile.id(), needs.whole() ? profile.memoryBytes() : needs.memoryBytes());
    }

    void place(long bytes) {
        memoryPlacedBytes += bytes;
        placedCount++;
    }

    void free(long bytes) {
        memoryPlacedBytes -= bytes;
        placedCount--;
        if (memoryPlacedBytes < 0 || placedCount < 0) {
            throw new IllegalStateException("freed more of " + profile.id() + " than was placed");
        }
    }

    void report(NodeLoad.DeviceLoad load) {
        memoryUsedBytes = load.memoryUsedBytes();
        healthy = load.healthy();
        healthReason = load.healthReason();
    }
}
