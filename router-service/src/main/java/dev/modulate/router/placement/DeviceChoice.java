package dev.modulate.router.placement;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/** Which devices of one node an execution gets: where its function lives first, then the tightest fit, in one link group. */
final class DeviceChoice {
    private DeviceChoice() {}

    /**
     * Null when not enough of them have room.
     *
     * @param lives on which of them its function is loaded, a bit for each
     * @param rank which of the devices that have room is better, lower first
     */
    static @Nullable List<DeviceReservation> choose(
            List<DeviceView> devices, Needs needs, long lives, ToDoubleFunction<DeviceView> rank) {
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
            return several(candidates, accelerators, lives);
        }
        DeviceView best = candidates.getFirst();
        for (int i = 1; i < candidates.size(); i++) {
            if (before(candidates.get(i), best, lives, rank)) {
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

    private static boolean before(DeviceView one, DeviceView other, long lives, ToDoubleFunction<DeviceView> rank) {
        boolean oneLives = one.liesIn(lives);
        if (oneLives != other.liesIn(lives)) {
            return oneLives;
        }
        int order = Double.compare(rank.applyAsDouble(one), rank.applyAsDouble(other));
        return order == 0 ? isTighter(one, other) : order < 0;
    }

    private static boolean isTighter(DeviceView one, DeviceView other) {
        return one.memoryFreeBytes() != other.memoryFreeBytes()
                ? one.memoryFreeBytes() < other.memoryFreeBytes()
                : one.memoryUsedBytes() < other.memoryUsedBytes();
    }

    /** In the node's own order, which is that of the link group: processes number their devices by it. */
    private static @Nullable List<DeviceReservation> several(
            List<DeviceView> candidates, Needs.Accelerators needs, long lives) {
        int group = linked(candidates, needs.count(), lives);
        if (group == DeviceView.UNLINKED && mustLink(needs)) {
            return null;
        }
        var among = group == DeviceView.UNLINKED ? candidates : ofGroup(candidates, group);
        var taken = new boolean[among.size()];
        if (taken.length == needs.count()) {
            Arrays.fill(taken, true);
        } else {
            take(taken, among, needs.count(), lives);
        }
        var parts = new ArrayList<DeviceReservation>(needs.count());
        for (int i = 0; i < taken.length; i++) {
            if (taken[i]) {
                parts.add(among.get(i).reservation(needs));
            }
        }
        return parts;
    }

    private static void take(boolean[] taken, List<DeviceView> among, int wanted, long lives) {
        for (int count = 0; count < wanted; count++) {
            int best = -1;
            for (int i = 0; i < taken.length; i++) {
                if (!taken[i] && (best < 0 || before(among.get(i), among.get(best), lives, device -> 0))) {
                    best = i;
                }
            }
            taken[best] = true;
        }
    }

    private static List<DeviceView> ofGroup(List<DeviceView> candidates, int group) {
        var found = new ArrayList<DeviceView>(candidates.size());
        for (int i = 0; i < candidates.size(); i++) {
            if (candidates.get(i).linkGroup() == group) {
                found.add(candidates.get(i));
            }
        }
        return found;
    }

    /**
     * Of the link groups that are large enough the one on which most of the function's devices lie, or else the smallest, so
     * that larger ones stay whole; {@link DeviceView#UNLINKED} when there is none.
     */
    private static int linked(List<DeviceView> candidates, int count, long lives) {
        int best = DeviceView.UNLINKED;
        int least = Integer.MAX_VALUE;
        int most = 0;
        int seen = DeviceView.UNLINKED;
        for (int i = 0; i < candidates.size(); i++) {
            int group = candidates.get(i).linkGroup();
            if (group == DeviceView.UNLINKED || group == seen) {
                continue;
            }
            seen = group;
            int size = size(candidates, group);
            int living = living(candidates, group, lives);
            boolean better = living != most ? living > most : size < least || (size == least && group < best);
            if (size >= count && better) {
                best = group;
                least = size;
                most = living;
            }
        }
        return best;
    }

    private static int living(List<DeviceView> candidates, int group, long lives) {
        int living = 0;
        for (int i = 0; i < candidates.size(); i++) {
            var device = candidates.get(i);
            living += device.linkGroup() == group && device.liesIn(lives) ? 1 : 0;
        }
        return living;
    }

    private static int size(List<DeviceView> candidates, int group) {
        int size = 0;
        for (int i = 0; i < candidates.size(); i++) {
            size += candidates.get(i).linkGroup() == group ? 1 : 0;
        }
        return size;
    }
}
