package dev.modulate.executor.gpu;

import dev.modulate.executor.device.DriverHealth;
import java.lang.foreign.MemorySegment;
import java.util.Locale;

/** One GPU as it sits in its slot; it answers for the health of its partitions. Owned by the poller. */
final class NvmlBoard {
    private final String uuid;
    private final DeviceHealth health = new DeviceHealth();
    private MemorySegment handle;
    private String silence = "";
    private int lastXid;
    private long lastXidNanos;
    private boolean doubtful;

    NvmlBoard(String uuid, MemorySegment handle) {
        this.uuid = uuid;
        this.handle = handle;
    }

    String uuid() {
        return uuid;
    }

    /** As it was last known. */
    MemorySegment handle() {
        return handle;
    }

    /** Looked up again when the driver may know the board under another one by now. */
    MemorySegment handle(Nvml nvml) throws NvmlException {
        if (doubtful) {
            try {
                handle = nvml.device(uuid);
            } catch (NvmlException e) {
                if (e.code() != NvmlException.FUNCTION_NOT_FOUND) {
                    throw e;
                }
            }
            doubtful = false;
        }
        return handle;
    }

    /** The session with the driver is another one, or the board has not answered. */
    void doubt() {
        doubtful = true;
    }

    DeviceHealth health() {
        return health;
    }

    /** What the driver has said of it so far. */
    DriverHealth said() {
        var facts = health.facts();
        return new DriverHealth(
                lastXid,
                lastXidNanos,
                facts.uncorrectedErrors(),
                facts.remapPending(),
                facts.remapFailed(),
                facts.recovery().name().toLowerCase(Locale.ROOT),
                facts.throttleNames());
    }

    /** @return whether it takes the board out of service */
    boolean event(Xid xid, long nowNanos) {
        lastXid = xid.code();
        lastXidNanos = nowNanos;
        return health.event(xid, nowNanos);
    }

    /** Why nothing may start there; empty when all is well. */
    String reason() {
        return silence.isEmpty() ? health.reason() : silence;
    }

    boolean answers() {
        return silence.isEmpty();
    }

    void measure(Nvml nvml, long nowNanos) {
        try {
            health.measured(NvmlFacts.of(nvml, handle(nvml)), nowNanos);
            silence = "";
        } catch (NvmlException e) {
            doubtful = true;
            silence = "" + e.getMessage();
        }
    }
}
