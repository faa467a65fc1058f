package dev.modulate.bench.openb;

import dev.modulate.router.placement.DeviceId;
import dev.modulate.router.placement.DeviceProfile;
import dev.modulate.router.placement.FleetView;
import dev.modulate.router.placement.NodeId;
import dev.modulate.router.placement.NodeProfile;
import dev.modulate.router.placement.NodeView;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** The machines of a trace. */
record Cluster(List<Machine> machines) {
    /** Pods of all kinds run on the machines with devices. */
    static final String POOL = "gpu";

    /** The trace does not say how much memory devices have; shares of it go with shares of compute. */
    static final long DEVICE_BYTES = 16L << 30;

    /** What all shares of a device have together. */
    static final long SHARED_BYTES =
            DEVICE_BYTES - new DeviceProfile(new DeviceId("any"), "any", DEVICE_BYTES, "").spareBytes();

    private static final int SLOTS = 10_000;

    record Machine(String name, int cpuMillis, long memoryBytes, int devices, String model) {}

    /** Thousandths of devices in all. */
    long capacity() {
        return machines.stream()
                .mapToLong(machine -> machine.devices() * 1_000L)
                .sum();
    }

    /** All of them empty. */
    FleetView fleet() {
        var fleet = new FleetView();
        machines.forEach(machine -> fleet.add(new NodeView(profile(machine))));
        return fleet;
    }

    private static NodeProfile profile(Machine machine) {
        var devices = IntStream.range(0, machine.devices())
                .mapToObj(i -> new DeviceProfile(
                        new DeviceId(machine.name() + "-" + i), machine.model(), DEVICE_BYTES, "nvlink"))
                .toList();
        return new NodeProfile(
                new NodeId(machine.name()),
                1,
                POOL,
                devices,
                machine.cpuMillis(),
                machine.memoryBytes(),
                SLOTS,
                Map.of());
    }
}
