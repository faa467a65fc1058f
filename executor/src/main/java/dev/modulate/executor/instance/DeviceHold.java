package dev.modulate.executor.instance;

/**
 * What instances hold of one device while nothing runs in them.
 *
 * @param idleBytes freed when somebody else needs the room
 */
public record DeviceHold(int starting, long idleBytes) {
    static final DeviceHold NONE = new DeviceHold(0, 0);

    DeviceHold and(PooledInstance.State state, long bytes) {
        return switch (state) {
            case STARTING -> new DeviceHold(starting + 1, idleBytes);
            case IDLE -> new DeviceHold(starting, idleBytes + bytes);
            case BUSY, GONE -> this;
        };
    }
}
