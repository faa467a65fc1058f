package dev.modulate.executor.call;

import java.time.Duration;
import java.util.List;

/**
 * Work for this node. Durations count from the moment it arrived.
 *
 * @param invocationId without the tenant
 * @param lastAttempt whether a failure of the function is final
 * @param foreign whether the result goes to a program that expects base64 JSON
 */
public record Assignment(
        TaskKey task,
        Lease lease,
        Duration deadlineRemaining,
        String invocationId,
        Program program,
        Payload input,
        List<Reservation> devices,
        List<Sink> sinks,
        boolean lastAttempt,
        boolean foreign) {
    /** The lease of the task as the router handed it over. */
    public record Lease(String ownerPid, Duration ttl, Duration remaining) {}

    public Assignment {
        devices = List.copyOf(devices);
        sinks = List.copyOf(sinks);
    }

    /** The same for the books: inputs may be large. */
    public Assignment withoutInput() {
        var none = new Payload(input.mediaType(), com.google.protobuf.ByteString.EMPTY);
        return new Assignment(
                task, lease, deadlineRemaining, invocationId, program, none, devices, sinks, lastAttempt, foreign);
    }

    public List<String> deviceIds() {
        return devices.stream().map(Reservation::deviceId).toList();
    }
}
