package dev.modulate.router.placement;

import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.IntConsumer;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * What the router believes about one node: facts, the newest report, and a ledger of what it has placed there. Slots,
 * cpu and memory come from the ledger, since a node restates what it holds when it attaches; a report adds warmth and
 * health. Device memory that warm instances occupy counts as free: the node evicts them.
 *
 * <p>Not thread-safe: owned by whoever owns the {@link FleetView}.
 */
public final class NodeView {
    private final NodeProfile profile;
    private final List<DeviceView> devices;
    private final Inventory inventory = new Inventory(this::deviceIndex);
    private NodeState state = NodeState.ACTIVE;
    private boolean fresh = true;
    private int offeredMax = Integer.MAX_VALUE;
    private int version;

    /** Told of every new version; null when nobody wants to know. */
    private @Nullable IntConsumer watcher;

    private int placedCount;
    private long cpuPlacedMillis;
    private long memoryPlacedBytes;

    public NodeView(NodeProfile profile) {
        this.profile = profile;
        var parents = profile.devices().stream().map(DeviceProfile::parent).collect(Collectors.toSet());
        var groups = new TreeSet<String>();
        profile.devices().forEach(device -> groups.add(device.linkGroup()));
        groups.remove("");
        this.devices = IntStream.range(0, profile.devices().size())
                .mapToObj(number -> {
                    var device = profile.devices().get(number);
                    boolean partitioned = parents.contains(device.id().value());
                    int group = groups.headSet(device.linkGroup()).size();
                    return new DeviceView(
                            device, number, partitioned, device.linkGroup().isEmpty() ? DeviceView.UNLINKED : group);
                })
                .toList();
    }

    public NodeProfile profile() {
        return profile;
    }

    public NodeId id() {
        return profile.id();
    }

    public NodeState state() {
        return state;
    }

    public void setState(NodeState next) {
        if (state != next) {
            changed();
        }
        state = next;
    }

    /** Changes whenever the answer of {@link #fit} may; what was worked out from the node is good as long as it has not. */
    public int version() {
        return version;
    }

    /** Tells every version from now on, this one first. There is one watcher: a later one takes the place of an earlier. */
    void watch(IntConsumer next) {
        watcher = next;
        next.accept(version);
    }

    private void changed() {
        version++;
        if (watcher != null) {
            watcher.accept(version);
        }
    }

    /** False when the newest report is so old that nothing new should be brought here. */
    public boolean fresh() {
        return fresh;
    }

    public void setFresh(boolean next) {
        fresh = next;
    }

    /** Offers no more slots than this in all, for a node that has to prove itself first. */
    public void setOffered(int slotsMax) {
        if (offeredMax != slotsMax) {
            changed();
        }
        offeredMax = slotsMax;
    }

    public List<DeviceView> devices() {
        return devices;
    }

    /** Executions placed here that are not finished. */
    public int placedCount() {
        return placedCount;
    }

    public int freeSlots() {
        return Math.min(profile.slotCount(), offeredMax) - placedCount;
    }

    public long cpuFreeMillis() {
        return profile.cpuMillis() - cpuPlacedMillis;
    }

    public long memoryFreeBytes() {
        return profile.memoryBytes() - memoryPlacedBytes;
    }

    /** Instances of a function believed to be idle: as reported, less what was placed since, plus what finished. */
    public int idleCount(FunctionKey function) {
        var there = inventory.find(function);
        return there == null ? 0 : there.idleCount();
    }

    public Optional<Residency> residency(FunctionKey function) {
        return Optional.ofNullable(inventory.find(function)).map(Loaded::residency);
    }

    /** What is known of a function here; null when nothing is. */
    public @Nullable Loaded loaded(FunctionKey function) {
        return inventory.find(function);
    }

    /** All of which the node last said that it is warm on it, or that have had idle instances since. */
    public Collection<Loaded> loaded() {
        return inventory.all();
    }

    /** @param sequence of the message that carries the execution; zero when the node told us of it */
    public void place(Holding holding, long sequence) {
        changed();
        placedCount++;
        cpuPlacedMillis += holding.cpuMillis();
        memoryPlacedBytes += holding.memoryBytes();
        holding.devices()
                .forEach(part -> device(part.device()).ifPresent(device -> device.place(holding.function(), part)));
        if (sequence > 0) {
            inventory.placed(holding.function(), sequence);
        }
    }

    /** @param instanceLives whether its instance is idle now, ready for the next execution */
    public void free(Holding holding, boolean instanceLives) {
        if (placedCount == 0) {
            throw new IllegalStateException("freed more on " + id() + " than was placed");
        }
        changed();
        placedCount--;
        cpuPlacedMillis -= holding.cpuMillis();
        memoryPlacedBytes -= holding.memoryBytes();
        holding.devices()
                .forEach(part -> device(part.device()).ifPresent(device -> device.free(holding.function(), part)));
        if (instanceLives) {
            inventory.freed(holding.function());
        }
    }

    /** An instance starts there that no call waits for: it takes no slot, and nobody else gets its memory meanwhile. */
    public void loadBegun(Holding holding) {
        changed();
        memoryPlacedBytes += holding.memoryBytes();
        holding.devices()
                .forEach(part -> device(part.device()).ifPresent(device -> device.place(holding.function(), part)));
    }

    /** Its memory is anybody's again: when it is resident, it makes room like all that are. */
    public void loadEnded(Holding holding, boolean resident) {
        changed();
        memoryPlacedBytes -= holding.memoryBytes();
        holding.devices()
                .forEach(part -> device(part.device()).ifPresent(device -> device.free(holding.function(), part)));
        inventory.loadEnded(holding, resident);
    }

    /** Takes over a report; what was placed since the last placement it knows is subtracted from its idle instances. */
    public void report(NodeLoad load) {
        load.devices().forEach(part -> device(part.device()).ifPresent(device -> report(device, part)));
        inventory.report(load);
    }

    private void report(DeviceView device, NodeLoad.DeviceLoad load) {
        if (device.healthy() != load.healthy() || device.memoryForeignBytes() != load.memoryForeignBytes()) {
            changed();
        }
        device.report(load);
    }

    /**
     * Functions whose residency or idle instances reports may have changed since this was last asked; null when all may
     * have. For the one who keeps an index of them.
     */
    public @Nullable List<FunctionKey> takeReported() {
        return inventory.takeReported();
    }

    /** Whether it takes work at all now. */
    public boolean accepting() {
        return state == NodeState.ACTIVE && freeSlots() > 0;
    }

    /** Whether a device has something left to give. */
    public boolean hasIdleDevice() {
        for (int i = 0; i < devices.size(); i++) {
            if (devices.get(i).idleMillis() > 0) {
                return true;
            }
        }
        return false;
    }

    /** Part of it that is in use, 0 to 1: of its slots or of its devices, whichever is more. */
    public double busyShare() {
        double slots = (double) placedCount / profile.slotCount();
        if (devices.isEmpty()) {
            return slots;
        }
        int used = 0;
        for (int i = 0; i < devices.size(); i++) {
            used += devices.get(i).placedCount() == 0
                    ? 0
                    : DeviceReservation.WHOLE - devices.get(i).idleMillis();
        }
        return Math.max(slots, (double) used / (DeviceReservation.WHOLE * devices.size()));
    }

    /** The devices it would give to an execution, none when it needs none; null when it does not fit now. */
    public @Nullable List<DeviceReservation> fit(Needs needs) {
        return fit(needs, inventory.find(needs.function()));
    }

    /** @param rank which of the devices that have room is better, lower first, where the function lives on none */
    public @Nullable List<DeviceReservation> fit(Needs needs, ToDoubleFunction<DeviceView> rank) {
        return hasRoom(needs) ? DeviceChoice.choose(devices, needs, devicesOf(needs.function()), rank) : null;
    }

    /** @param there what is loaded of the function here, as {@link #loaded} says; null when nothing is */
    public @Nullable List<DeviceReservation> fit(Needs needs, @Nullable Loaded there) {
        return hasRoom(needs)
                ? DeviceChoice.choose(devices, needs, there == null ? 0 : there.devices(), device -> 0)
                : null;
    }

    /** The devices, rather where there is none yet, on which it could load one more instance beside what runs; null when it has no room for it now. */
    public @Nullable List<DeviceReservation> fitBeside(Needs needs) {
        if (state != NodeState.ACTIVE || !needs.allows(profile) || !hasMemory(needs)) {
            return null;
        }
        long lives = devicesOf(needs.function());
        return DeviceChoice.choose(devices, needs, 0, device -> device.liesIn(lives) ? 1 : 0);
    }

    /** Whether it would take it, but for the devices. */
    private boolean hasRoom(Needs needs) {
        return accepting()
                && needs.allows(profile)
                && (needs.cpuMillis() == 0 || cpuFreeMillis() >= needs.cpuMillis())
                && hasMemory(needs);
    }

    private boolean hasMemory(Needs needs) {
        return needs.memoryBytes() == 0 || memoryFreeBytes() >= needs.memoryBytes();
    }

    /** Whether it would fit if the node were empty and well. */
    public boolean couldEverFit(Needs needs) {
        var accelerators = needs.accelerators();
        return needs.allows(profile)
                && profile.cpuMillis() >= needs.cpuMillis()
                && profile.memoryBytes() >= needs.memoryBytes()
                && (accelerators == null || DeviceChoice.couldEver(devices, accelerators));
    }

    /** How soon an execution on these devices would start. */
    public Warmth warmth(FunctionKey function, List<DeviceReservation> on) {
        var there = inventory.find(function);
        var residency = there == null ? null : there.residency();
        boolean idleHere = there != null && there.idleCount() > 0;
        if (residency == null) {
            return idleHere ? Warmth.IDLE : Warmth.COLD;
        }
        if (idleHere && isOn(residency, on)) {
            return Warmth.IDLE;
        }
        return residency.tier() == Residency.Tier.DISK ? Warmth.ON_DISK : Warmth.RESIDENT;
    }

    private static boolean isOn(Residency residency, List<DeviceReservation> devices) {
        if (residency.devices().isEmpty()) {
            return true;
        }
        for (int i = 0; i < devices.size(); i++) {
            if (!residency.devices().contains(devices.get(i).device())) {
                return false;
            }
        }
        return true;
    }

    private long devicesOf(FunctionKey function) {
        var there = inventory.find(function);
        return there == null ? 0 : there.devices();
    }

    private Optional<DeviceView> device(DeviceId id) {
        int index = deviceIndex(id);
        return index < 0 ? Optional.empty() : Optional.of(devices.get(index));
    }

    /** Which of its devices that is, from zero; -1 when it is none of them. */
    // Nearly always the id came from here, and to compare what ids say reads those of all devices before it.
    @SuppressWarnings("ReferenceEquality")
    public int deviceIndex(DeviceId id) {
        for (int i = 0; i < devices.size(); i++) {
            if (devices.get(i).profile().id() == id) {
                return i;
            }
        }
        for (int i = 0; i < devices.size(); i++) {
            if (devices.get(i).profile().id().equals(id)) {
                return i;
            }
        }
        return -1;
    }
}
