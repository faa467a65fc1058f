package dev.modulate.executor.run;

/**
 * What executions hold of one device.
 *
 * @param memoryBytes set aside for them by the router
 */
public record DeviceUse(int running, long memoryBytes) {
    static final DeviceUse NONE = new DeviceUse(0, 0);

    DeviceUse and(DeviceUse other) {
        return new DeviceUse(running + other.running, memoryBytes + other.memoryBytes);
    }

    DeviceUse and(long bytes) {
        return new DeviceUse(running + 1, memoryBytes + bytes);
    }
}
