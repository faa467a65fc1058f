package dev.modulate.executor.gpu;

import java.lang.foreign.MemorySegment;

/** One GPU as it sits in its slot; it answers for the health of its partitions. Owned by the poller. */
final class NvmlBoard {
    private final String uuid;
    private final DeviceHealth health = new DeviceHealth();
    private MemorySegment handle;
    private String silence = "";

    NvmlBoard(String uuid, MemorySegment handle) {
        this.uuid = uuid;
        this.handle = handle;
    }

    String uuid() {
        return uuid;
    }

    MemorySegment handle() {
        return handle;
    }

    DeviceHealth health() {
        return health;
    }

    /** Why nothing may start there; empty when all is well. */
    String reason() {
        return silence.isEmpty() ? health.reason() : silence;
    }

    boolean answers() {
        return silence.isEmpty();
    }

    /** The driver may know the board under another handle by now. */
    void findAgain(Nvml nvml) throws NvmlException {
        try {
            handle = nvml.device(uuid);
        } catch (NvmlException e) {
            if (e.code() != NvmlException.FUNCTION_NOT_FOUND) {
                throw e;
            }
        }
    }

    void measure(Nvml nvml, long nowNanos) {
        try {
            if (!silence.isEmpty()) {
                findAgain(nvml);
            }
            health.measured(NvmlFacts.of(nvml, handle), nowNanos);
            silence = "";
        } catch (NvmlException e) {
            silence = "" + e.getMessage();
        }
    }
}
