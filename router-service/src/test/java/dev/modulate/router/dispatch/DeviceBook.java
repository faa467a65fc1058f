package dev.modulate.router.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.modulate.executor.v1.Assignment;
import dev.modulate.executor.v1.Device;
import dev.modulate.executor.v1.DeviceReservation;
import dev.modulate.registry.v1.Isolation;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;

/** What is given away of the devices of one node, as its executor has it. */
final class DeviceBook {
    private static final int WHOLE = 1_000;

    private final FakeExecutor node;
    private final Map<String, List<Guest>> guests = new HashMap<>();

    private record Guest(String function, DeviceReservation part) {
        /** Not the router's words: each has to agree to the other. */
        boolean bears(Guest other) {
            boolean ofFunction = part.getIsolation() == Isolation.ISOLATION_FUNCTION
                    || other.part.getIsolation() == Isolation.ISOLATION_FUNCTION;
            return function.equals(other.function) || !ofFunction;
        }
    }

    DeviceBook(FakeExecutor node) {
        this.node = node;
        node.runs().forEach(id -> note(node.assignment(id)));
    }

    private void note(Assignment assignment) {
        assignment
                .getDevicesList()
                .forEach(part -> guests.computeIfAbsent(part.getDeviceId(), id -> new ArrayList<>())
                        .add(new Guest(FakeExecutor.functionKey(assignment), part)));
    }

    /** No byte, thousandth or slice is given twice, and nobody meets whom its isolation excludes. */
    void check(String where) {
        var devices = node.devices().stream().collect(Collectors.toMap(Device::getDeviceId, device -> device));
        assertThat(devices.keySet()).as(where).containsAll(guests.keySet());
        devices.values().stream()
                .filter(device -> !device.getParentDeviceId().isEmpty())
                .forEach(slice -> assertThat(guests)
                        .as("a device that is cut is given out, %s", where)
                        .doesNotContainKey(slice.getParentDeviceId()));
        guests.forEach((id, there) -> check(Objects.requireNonNull(devices.get(id)), there, id + ", " + where));
    }

    private static void check(Device device, List<Guest> there, String where) {
        assertThat(there.stream()
                        .mapToLong(guest -> guest.part.getMemoryBytes())
                        .sum())
                .as("memory of %s", where)
                .isLessThanOrEqualTo(device.getMemoryBytes());
        assertThat(there.stream().mapToInt(guest -> guest.part.getShareMilli()).sum())
                .as("compute of %s", where)
                .isLessThanOrEqualTo(WHOLE);
        if (!device.getMigProfile().isEmpty()
                || there.stream().anyMatch(guest -> guest.part.getShareMilli() == WHOLE)) {
            assertThat(there).as("who has %s whole", where).hasSize(1);
        }
        for (var one : there) {
            assertThat(there).as("isolation on %s", where).allMatch(one::bears);
        }
    }
}
