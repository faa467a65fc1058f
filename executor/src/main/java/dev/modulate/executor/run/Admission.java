package dev.modulate.executor.run;

import dev.modulate.executor.call.Assignment;
import dev.modulate.executor.call.Reservation;
import java.util.Map;
import java.util.Optional;

/** Whether a node takes an assignment. Pure. */
final class Admission {
    private Admission() {}

    /** How the node stands. */
    record Node(
            boolean draining,
            boolean routerIsStale,
            int slotsFree,
            Map<String, Long> deviceBytes,
            Map<String, DeviceUse> deviceUses) {}

    /** The reason to refuse it, in UPPER_SNAKE_CASE; empty when it is taken. */
    static Optional<String> refusal(Assignment assignment, Node node) {
        var lease = assignment.lease();
        if (node.routerIsStale()) {
            return Optional.of("STALE_ROUTER");
        }
        if (node.draining()) {
            return Optional.of("DRAINING");
        }
        if (lease.remaining().multipliedBy(3).compareTo(lease.ttl()) < 0) {
            return Optional.of("LEASE_TOO_SHORT");
        }
        if (assignment.deadlineRemaining().isZero()
                || assignment.deadlineRemaining().isNegative()) {
            return Optional.of("DEADLINE_PASSED");
        }
        if (node.slotsFree() <= 0) {
            return Optional.of("NO_SLOT");
        }
        if (!assignment.devices().stream().map(Reservation::deviceId).allMatch(node.deviceBytes()::containsKey)) {
            return Optional.of("UNKNOWN_DEVICE");
        }
        return assignment.devices().stream().allMatch(part -> hasRoom(part, node))
                ? Optional.empty()
                : Optional.of("NO_DEVICE_MEMORY");
    }

    /** A router that counts right never asks for more than there is; one that does not must not overbook a device. */
    private static boolean hasRoom(Reservation part, Node node) {
        var use = node.deviceUses().getOrDefault(part.deviceId(), DeviceUse.NONE);
        long total = node.deviceBytes().getOrDefault(part.deviceId(), 0L);
        return use.memoryBytes() + part.memoryBytes() <= total;
    }
}
