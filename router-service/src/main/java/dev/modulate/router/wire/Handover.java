package dev.modulate.router.wire;

import dev.modulate.router.placement.DeviceReservation;
import java.time.Duration;
import java.util.List;

/**
 * All that a node is told with an execution. Durations count from now.
 *
 * @param ownerPid under which it heartbeats
 * @param lastAttempt true when a failure of the function is final
 * @param reader of the result
 */
public record Handover(
        TaskVersion task,
        Call call,
        String ownerPid,
        Duration leaseTtl,
        Duration leaseRemaining,
        Duration deadlineRemaining,
        List<DeviceReservation> devices,
        List<Sink> sinks,
        boolean lastAttempt,
        Reader reader) {}
