package dev.modulate.router.placement;

import java.util.HashMap;
import java.util.Map;

/**
 * One device of a node: its facts, what is reserved on it, and what the node last said. Admission is here: the memory of
 * all who share it and the spare never exceed what it has, their compute never 1000 thousandths, and nobody meets
 * whom its isolation excludes.
 */
public final class DeviceView {
    private final DeviceProfile profile;
    private final Map<Guest, Integer> guests = new HashMap<>();
    private final boolean partitioned;

    /** Its bit in what says where functions are loaded. */
    private final long bit;

    /** Number of its link group among those of its node, by name; {@link #UNLINKED} when it is in none. */
    private final int linkGroup;

    private long memoryPlacedBytes;
    private int sharePlacedMillis;
    private int placedCount;
    private long memoryUsedBytes;
    private long memoryForeignBytes;
    private boolean healthy = true;
    private String healthReason = "";

    static final int UNLINKED = -1;

    /** A desktop or a driver may hold some memory of a device that is called whole: at most one part of so many. */
    private static final int WHOLE_PARTS = 8;

    /**
     * @param number of the device on its node, from zero
     * @param partitioned whether slices of it are devices of their own: then it is not given out itself
     * @param linkGroup see {@link #linkGroup}
     */
    DeviceView(DeviceProfile profile, int number, boolean partitioned, int linkGroup) {
        this.bit = Loaded.bit(number);
        this.linkGroup = linkGroup;
        this.profile = profile;
        this.partitioned = partitioned;
    }

    public DeviceProfile profile() {
        return profile;
    }

    int linkGroup() {
        return linkGroup;
    }

    /** @param lives see {@link Loaded#devices} */
    boolean liesIn(long lives) {
        return (bit & lives) != 0;
    }

    public long memoryPlacedBytes() {
        return memoryPlacedBytes;
    }

    public long memoryFreeBytes() {
        return memoryOfOursBytes() - memoryPlacedBytes;
    }

    /** Compute that is given out, in thousandths. */
    public int sharePlacedMillis() {
        return sharePlacedMillis;
    }

    /** Executions that hold a part of it. */
    public int placedCount() {
        return placedCount;
    }

    /** What executions can have of it together: all that no stranger holds. */
    public long memoryOfOursBytes() {
        return profile.memoryBytes() - memoryForeignBytes;
    }

    /** As reported: what nobody of the platform holds. */
    public long memoryForeignBytes() {
        return memoryForeignBytes;
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

    /** Thousandths of it that another execution could still have, by compute or by memory, whichever is less. */
    int idleMillis() {
        if (!healthy || partitioned) {
            return 0;
        }
        long byMemory = placedCount == 0 && isWhole()
                ? DeviceReservation.WHOLE
                : DeviceReservation.WHOLE * memoryForNext() / (profile.memoryBytes() - profile.spareBytes());
        return Math.clamp(byMemory, 0, DeviceReservation.WHOLE - sharePlacedMillis);
    }

    /** Whether it is of the kind that is asked for. */
    boolean isKind(Needs.Accelerators needs) {
        return !partitioned && profile.migProfile().equals(needs.migProfile()) && needs.takesModel(profile.model());
    }

    /** Whether it is large enough when nobody else uses it. */
    boolean couldEverTake(Needs.Accelerators needs) {
        return isKind(needs) && profile.memoryBytes() >= needs.memoryBytes();
    }

    boolean takes(FunctionKey function, Needs.Accelerators needs) {
        return healthy && hasRoom(needs) && isKind(needs) && (placedCount == 0 || welcomes(function, needs));
    }

    boolean hasRoom(Needs.Accelerators needs) {
        if (placedCount == 0) {
            boolean all = needs.whole() || profile.slice();
            return all ? isWhole() : memoryFreeBytes() >= needs.memoryBytes();
        }
        return !needs.whole()
                && !profile.slice()
                && memoryForNext() >= needs.memoryBytes()
                && sharePlacedMillis + needs.shareMillis() <= DeviceReservation.WHOLE;
    }

    /** Whether strangers hold so little of it that it can be given to somebody who asks for all. */
    boolean isWhole() {
        return memoryForeignBytes <= profile.memoryBytes() / WHOLE_PARTS;
    }

    /** Whether it and those who are there agree to share. */
    boolean welcomes(FunctionKey function, Needs.Accelerators needs) {
        if (guests.isEmpty()) {
            return true;
        }
        var next = new Guest(function, needs.isolation());
        for (var guest : guests.keySet()) {
            if (!guest.bears(next)) {
                return false;
            }
        }
        return true;
    }

    private long memoryForNext() {
        return memoryFreeBytes() - profile.spareBytes();
    }

    /** What an execution with these needs sets aside here. */
    DeviceReservation reservation(Needs.Accelerators needs) {
        boolean all = needs.whole() || profile.slice();
        return new DeviceReservation(
                profile.id(),
                all ? profile.memoryBytes() : needs.memoryBytes(),
                all ? DeviceReservation.WHOLE : needs.shareMillis(),
                needs.isolation());
    }

    void place(FunctionKey function, DeviceReservation part) {
        memoryPlacedBytes += part.memoryBytes();
        sharePlacedMillis += part.shareMillis();
        placedCount++;
        guests.merge(new Guest(function, part.isolation()), 1, Integer::sum);
    }

    void free(FunctionKey function, DeviceReservation part) {
        memoryPlacedBytes -= part.memoryBytes();
        sharePlacedMillis -= part.shareMillis();
        placedCount--;
        guests.computeIfPresent(new Guest(function, part.isolation()), (guest, count) -> count == 1 ? null : count - 1);
        if (memoryPlacedBytes < 0 || sharePlacedMillis < 0 || placedCount < 0) {
            throw new IllegalStateException("freed more of " + profile.id() + " than was placed");
        }
    }

    void report(NodeLoad.DeviceLoad load) {
        memoryUsedBytes = load.memoryUsedBytes();
        memoryForeignBytes = Math.clamp(load.memoryForeignBytes(), 0L, profile.memoryBytes());
        healthy = load.healthy();
        healthReason = load.healthReason();
    }
}
