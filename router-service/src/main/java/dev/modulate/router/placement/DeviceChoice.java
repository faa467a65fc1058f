package dev.modulate.router.placement;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/** Which devices of one node an execution gets: where its function lives first, then the tightest fit, in one link group. */
final class DeviceChoice {
    private static final Comparator<DeviceView> TIGHTEST =
            Comparator.comparingLong(DeviceView::memoryFreeBytes).thenComparingLong(DeviceView::memoryUsedBytes);

    private DeviceChoice() {}

    /**
     * Null when not enough of them have room.
     *
     * @param rank which of the devices that have room is better, lower first
     */
    static @Nullable List<DeviceReservation> choose(
            List<DeviceView> devices, Needs needs, Set<DeviceId> resident, ToDoubleFunction<DeviceView> rank) {
        var accelerators = needs.accelerators();
        if (accelerators == null) {
            return List.of();
        }
        var candidates = new ArrayList<DeviceView>(devices.size());
        for (int i = 0; i < devices.size(); i++) {
            if (devices.get(i).takes(needs.function(), accelerators)) {
                candidates.add(devices.get(i));
            }
        }
        if (candidates.size() < accelerators.count()) {
            return null;
        }
        if (accelerators.count() > 1) {
            return several(devices, candidates, accelerators, resident);
        }
        DeviceView best = candidates.getFirst();
        for (int i = 1; i < candidates.size(); i++) {
            if (before(candidates.get(i), best, resident, rank)) {
                best = candidates.get(i);
            }
        }
        return List.of(best.reservation(accelerators));
    }

    /** Whether enough of them would have room if they were empty and well. */
    static boolean couldEver(List<DeviceView> devices, Needs.Accelerators needs) {
        int enough = 0;
        Map<String, Integer> groups = new HashMap<>();
        for (var device : devices) {
            if (device.couldEverTake(needs)) {
                enough++;
                groups.merge(device.profile().linkGroup(), 1, Integer::sum);
            }
        }
        return enough >= needs.count() && (!mustLink(needs) || largestGroup(groups) >= needs.count());
    }

    /** Whether the devices that have room are of one link group, where they have to be. */
    static boolean linkable(List<DeviceView> candidates, Needs.Accelerators needs) {
        Map<String, Integer> groups = new HashMap<>();
        candidates.forEach(device -> groups.merge(device.profile().linkGroup(), 1, Integer::sum));
        return !mustLink(needs) || largestGroup(groups) >= needs.count();
    }

    static boolean mustLink(Needs.Accelerators needs) {
        return needs.link() == Link.REQUIRED && needs.count() > 1;
    }

    private static int largestGroup(Map<String, Integer> groups) {
        return groups.entrySet().stream()
                .filter(group -> !group.getKey().isEmpty())
                .mapToInt(Map.Entry::getValue)
                .max()
                .orElse(0);
    }

    private static boolean before(
            DeviceView one, DeviceView other, Set<DeviceId> resident, ToDoubleFunction<DeviceView> rank) {
        boolean oneLives = resident.contains(one.profile().id());
        if (oneLives != resident.contains(other.profile().id())) {
            return oneLives;
        }
        int order = Double.compare(rank.applyAsDouble(one), rank.applyAsDouble(other));
        return order == 0 ? TIGHTEST.compare(one, other) < 0 : order < 0;
    }

    private static @Nullable List<DeviceReservation> several(
            List<DeviceView> devices, List<DeviceView> candidates, Needs.Accelerators needs, Set<DeviceId> resident) {
        var chosen = linked(candidates, needs.count());
        if (chosen == null) {
            if (mustLink(needs)) {
                return null;
            }
            chosen = candidates;
        }
        chosen.sort(Comparator.<DeviceView, Boolean>comparing(
                        device -> !resident.contains(device.profile().id()))
                .thenComparing(TIGHTEST));
        var taken = chosen.subList(0, needs.count());
        // In the node's own order, which is that of the link group: processes number their devices by it.
        return devices.stream()
                .filter(taken::contains)
                .map(device -> device.reservation(needs))
                .toList();
    }

    /** The smallest link group that is large enough, so that larger ones stay whole; null when there is none. */
    private static @Nullable List<DeviceView> linked(List<DeviceView> candidates, int count) {
        Map<String, List<DeviceView>> groups = new TreeMap<>();
        for (var device : candidates) {
            String group = device.profile().linkGroup();
            if (!group.isEmpty()) {
                groups.computeIfAbsent(group, name -> new ArrayList<>()).add(device);
            }
        }
        return groups.values().stream()
                .filter(group -> group.size() >= count)
                .min(Comparator.comparingInt(List::size))
                .orElse(null);
    }
}
