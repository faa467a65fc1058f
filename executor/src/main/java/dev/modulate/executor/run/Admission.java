package dev.modulate.executor.run;

import dev.modulate.executor.call.Assignment;
import dev.modulate.executor.call.Reservation;
import java.util.Optional;
import java.util.Set;

/** Whether a node takes an assignment. Pure. */
final class Admission {
    private Admission() {}

    /** How the node stands. */
    record Node(boolean draining, boolean routerIsStale, int slotsFree, Set<String> deviceIds) {}

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
        if (!assignment.devices().stream().map(Reservation::deviceId).allMatch(node.deviceIds()::contains)) {
            return Optional.of("UNKNOWN_DEVICE");
        }
        return Optional.empty();
    }
}
