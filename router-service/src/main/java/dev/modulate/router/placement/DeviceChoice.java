package dev.modulate.router.placement;

import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Which devices of one node an execution gets: where its function lives first, then the tightest fit, in one link group. */
final class DeviceChoice {
    private DeviceChoice() {}

    /** Null when not enough of them have room. */
    static @Nullable List<DeviceReservation> choose(
            List<DeviceView> devices, Needs.Accelerators needs, Set<DeviceId> resident) {
        var order = Comparator.<DeviceView, Boolean>comparing(
                        device -> !resident.contains(device.profile().id()))
                .thenComparingLong(DeviceView::memoryFreeBytes)
                .thenComparingLong(DeviceView::memoryUsedBytes);
        var candidates = devices.stream()
                .filter(device -> device.takes(needs))
                .sorted(order)
                .toList();
        if (candidates.size() < needs.count()) {
            return null;
        }
        var chosen = needs.count() == 1 ? candidates : linked(candidates, needs.count());
        return chosen.stream()
                .limit(needs.count())
                .map(device -> device.reservation(needs))
                .toList();
    }

    /** Whether enough of them would have room if they were empty and well. */
    static boolean couldEver(List<DeviceView> devices, Needs.Accelerators needs) {
        int enough = 0;
        for (var device : devices) {
            if (device.isModel(needs) && device.profile().memoryBytes() >= needs.memoryBytes()) {
                enough++;
            }
        }
        return enough >= needs.count();
    }

    /** The smallest link group that is large enough; whatever comes first when there is none. */
    private static List<DeviceView> linked(List<DeviceView> candidates, int count) {
        Map<String, List<DeviceView>> groups = candidates.stream()
                .filter(device -> !device.profile().linkGroup().isEmpty())
                .collect(Collectors.groupingBy(device -> device.profile().linkGroup(), Collectors.toList()));
        return groups.entrySet().stream()
                .filter(group -> group.getValue().size() >= count)
                .min(Comparator.comparingInt((Map.Entry<String, List<DeviceView>> group) ->
                                group.getValue().size())
                        .thenComparing(Map.Entry::getKey))
                .map(Map.Entry::getValue)
                .orElse(candidates);
    }
}
