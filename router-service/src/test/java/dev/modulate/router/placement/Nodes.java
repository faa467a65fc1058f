package dev.modulate.router.placement;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

/** Nodes and needs for tests. */
final class Nodes {
    static final long GIB = 1L << 30;
    static final FunctionKey F = new FunctionKey("default/functions/f/versions/1");
    static final FunctionKey G = new FunctionKey("default/functions/g/versions/1");

    private Nodes() {}

    static NodeView cpu(String id, int slots) {
        return new NodeView(
                new NodeProfile(new NodeId(id), 1, "cpu", List.of(), 8_000, 32 * GIB, slots, Map.of("zone", "a")));
    }

    /** Devices of 80 GiB, linked in pairs. */
    static NodeView gpu(String id, int devices, int slots) {
        var profiles = IntStream.range(0, devices)
                .mapToObj(i -> new DeviceProfile(
                        new DeviceId(id + "-gpu-" + i), "nvidia-h100-80gb", 80 * GIB, "link-" + i / 2))
                .toList();
        return new NodeView(new NodeProfile(new NodeId(id), 1, "gpu", profiles, 64_000, 512 * GIB, slots, Map.of()));
    }

    /** One device of 80 GiB that is cut into slices, beside a whole one. */
    static NodeView sliced(String id, int slots, String... migProfiles) {
        var devices = new ArrayList<DeviceProfile>();
        String parent = id + "-gpu-0";
        devices.add(new DeviceProfile(new DeviceId(parent), "nvidia-h100-80gb", 80 * GIB, ""));
        devices.add(new DeviceProfile(new DeviceId(id + "-gpu-1"), "nvidia-h100-80gb", 80 * GIB, ""));
        for (int i = 0; i < migProfiles.length; i++) {
            devices.add(new DeviceProfile(
                    new DeviceId("MIG-" + id + "-" + i),
                    "nvidia-h100-80gb-mig-" + migProfiles[i],
                    10 * GIB,
                    "",
                    parent,
                    migProfiles[i]));
        }
        return new NodeView(new NodeProfile(new NodeId(id), 1, "gpu", devices, 64_000, 512 * GIB, slots, Map.of()));
    }

    static Needs needs(FunctionKey function, Needs.Accelerators accelerators) {
        return new Needs(function, "gpu", Map.of(), 0, 0, accelerators);
    }

    static FleetView fleet(NodeView... nodes) {
        var fleet = new FleetView();
        for (var node : nodes) {
            fleet.add(node);
        }
        return fleet;
    }

    static Needs plain(FunctionKey function) {
        return new Needs(function, "cpu", Map.of(), 0, 0, null);
    }

    static Needs gpus(FunctionKey function, int count, long memoryBytes) {
        return new Needs(function, "gpu", Map.of(), 0, 0, new Needs.Accelerators("nvidia", count, memoryBytes));
    }

    static NodeLoad resident(FunctionKey function, int idle, long acked, DeviceId... devices) {
        var tier = devices.length == 0 ? Residency.Tier.HOST : Residency.Tier.DEVICE;
        return new NodeLoad(
                acked, List.of(), List.of(new Residency(function, tier, idle, idle + 1, Set.of(devices))), false);
    }
}
