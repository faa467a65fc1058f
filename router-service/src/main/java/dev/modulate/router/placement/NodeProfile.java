package dev.modulate.router.placement;

import java.util.List;
import java.util.Map;

/** Facts that do not change while an executor process lives. */
public record NodeProfile(
        NodeId id,
        long incarnation,
        String pool,
        List<DeviceProfile> devices,
        int cpuMillis,
        long memoryBytes,
        int slotCount,
        Map<String, String> labels) {
    public NodeProfile {
        devices = List.copyOf(devices);
        labels = Map.copyOf(labels);
        if (pool.isEmpty()) {
            throw new IllegalArgumentException("pool: \"\" (expected: gpu, cpu or another name)");
        }
        if (slotCount < 1) {
            throw new IllegalArgumentException("slot_count: " + slotCount + " (expected: >= 1)");
        }
        if (devices.stream().map(DeviceProfile::id).distinct().count() != devices.size()) {
            throw new IllegalArgumentException("devices: the same device_id twice (expected: each once)");
        }
    }
}
