package dev.modulate.router.placement;

import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.IntConsumer;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
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
    private final Map<FunctionKey, Residency> residencies = new HashMap<>();
    private final Map<FunctionKey, Integer> idle = new HashMap<>();
    private final Deque<Unacknowledged> unacknowledged = new ArrayDeque<>();

    /** Functions whose idle count was changed here since the node last said it. */
    private final Set<FunctionKey> touched = new HashSet<>();

    /** Functions of which reports said something since {@link #takeReported}. */
    private final Set<FunctionKey> reported = new HashSet<>();

    private boolean reportedAnew = true;

    private NodeState state = NodeState.ACTIVE;
    private boolean fresh = true;
    private int offeredMax = Integer.MAX_VALUE;
    private int version;

    /** Told of every new version; null when nobody wants to know. */
    private @Nullable IntConsumer watcher;

    private int placedCount;
    private long cpuPlacedMillis;
    private long memoryPlacedBytes;

    private record Unacknowledged(long sequence, FunctionKey function) {}

    public NodeView(NodeProfile profile) {
        this.profile = profile;
        var parents = profile.devices().stream().map(DeviceProfile::parent).collect(Collectors.toSet());
        var groups = new TreeSet<String>();
        profile.devices().forEach(device -> groups.add(device.linkGroup()));
        groups.remove("");
        this.devices = profile.devices().stream()
                .map(device -> new DeviceView(
                        device,
                        parents.contains(device.id().value()),
                        device.linkGroup().isEmpty()
                                ? DeviceView.UNLINKED
                                : groups.headSet(device.linkGroup()).size()))
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
        return Math.max(0, idle.getOrDefault(function, 0));
    }

    public Optional<Residency> residency(FunctionKey function) {
        return Optional.ofNullable(residencies.get(function));
    }

    /** What the node last said is warm on it, and how warm. */
    public Collection<Residency> residencies() {
        return Collections.unmodifiableCollection(residencies.values());
    }

    /** Functions that have had idle instances since the last report; {@link #idleCount} says how many they have now. */
    public Set<FunctionKey> idleFunctions() {
        return Collections.unmodifiableSet(idle.keySet());
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
            unacknowledged.add(new Unacknowledged(sequence, holding.function()));
            idle.computeIfPresent(holding.function(), (key, count) -> count - 1);
            touched.add(holding.function());
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
            idle.merge(holding.function(), 1, Integer::sum);
            touched.add(holding.function());
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
        var function = holding.function();
        reported.add(function);
        if (resident) {
            residencies.merge(function, Residency.loaded(holding), Residency::and);
            idle.merge(function, 1, Integer::sum);
        }
    }

    /** Takes over a report; what was placed since the last placement it knows is subtracted from its idle instances. */
    public void report(NodeLoad load) {
        load.devices().forEach(part -> device(part.device()).ifPresent(device -> report(device, part)));
        if (!load.delta()) {
            residencies.clear();
            idle.clear();
            reportedAnew = true;
        }
        for (var function : load.removed()) {
            residencies.remove(function);
            idle.remove(function);
            reported.add(function);
        }
        for (var residency : load.residencies()) {
            residencies.put(residency.function(), residency);
            idle.put(residency.function(), residency.idleCount());
            reported.add(residency.function());
        }
        asReported();
        while (!unacknowledged.isEmpty() && unacknowledged.peek().sequence() <= load.ackedSequence()) {
            unacknowledged.remove();
        }
        unacknowledged.forEach(placed -> {
            idle.computeIfPresent(placed.function(), (key, count) -> count - 1);
            touched.add(placed.function());
        });
    }

    private void report(DeviceView device, NodeLoad.DeviceLoad load) {
        if (device.healthy() != load.healthy()) {
            changed();
        }
        device.report(load);
    }

    /**
     * Functions whose residency or idle instances reports may have changed since this was last asked; null when all may
     * have. For the one who keeps an index of them.
     */
    public @Nullable List<FunctionKey> takeReported() {
        if (reportedAnew) {
            reportedAnew = false;
            reported.clear();
            return null;
        }
        if (reported.isEmpty()) {
            return List.of();
        }
        var functions = List.copyOf(reported);
        reported.clear();
        return functions;
    }

    /** What a delta leaves out is as the node said before, whatever was counted here since. */
    private void asReported() {
        if (touched.isEmpty()) {
            return;
        }
        reported.addAll(touched);
        for (var function : touched) {
            var residency = residencies.get(function);
            if (residency == null) {
                idle.remove(function);
            } else {
                idle.put(function, residency.idleCount());
            }
        }
        touched.clear();
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
        return fit(needs, device -> 0);
    }

    /** @param rank which of the devices that have room is better, lower first, where the function lives on none */
    public @Nullable List<DeviceReservation> fit(Needs needs, ToDoubleFunction<DeviceView> rank) {
        return hasRoom(needs) ? DeviceChoice.choose(devices, needs, devicesOf(needs.function()), rank) : null;
    }

    /** The devices, rather where there is none yet, on which it could load one more instance beside what runs; null when it has no room for it now. */
    public @Nullable List<DeviceReservation> fitBeside(Needs needs) {
        if (state != NodeState.ACTIVE || !needs.allows(profile) || !hasMemory(needs)) {
            return null;
        }
        var lives = devicesOf(needs.function());
        return DeviceChoice.choose(
                devices,
                needs,
                Set.of(),
                device -> lives.contains(device.profile().id()) ? 1 : 0);
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
        var residency = residencies.get(function);
        boolean idleHere = idleCount(function) > 0;
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

    private Set<DeviceId> devicesOf(FunctionKey function) {
        var residency = residencies.get(function);
        return residency == null ? Set.of() : residency.devices();
    }

    private Optional<DeviceView> device(DeviceId id) {
        int index = deviceIndex(id);
        return index < 0 ? Optional.empty() : Optional.of(devices.get(index));
    }

    /** Which of its devices that is, from zero; -1 when it is none of them. */
    public int deviceIndex(DeviceId id) {
        for (int i = 0; i < devices.size(); i++) {
            var own = devices.get(i).profile().id();
            if (own.equals(id)) {
                return i;
            }
        }
        return -1;
    }
}
