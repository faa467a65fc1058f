package dev.modulate.executor.run;

import dev.modulate.executor.call.Assignment;
import dev.modulate.executor.call.LoadOrder;
import dev.modulate.executor.call.Program;
import dev.modulate.executor.call.Reservation;
import dev.modulate.executor.instance.Company;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Whether a node takes an assignment or a load. Pure. */
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
        var closed = closed(node);
        if (closed.isPresent()) {
            return closed;
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
        return devices(assignment.program(), assignment.devices(), node);
    }

    /** The same for a load, which takes no slot. */
    static Optional<String> refusal(LoadOrder order, Node node) {
        var closed = closed(node);
        return closed.isPresent() ? closed : devices(order.program(), order.devices(), node);
    }

    private static Optional<String> closed(Node node) {
        if (node.routerIsStale()) {
            return Optional.of("STALE_ROUTER");
        }
        return node.draining() ? Optional.of("DRAINING") : Optional.empty();
    }

    /**
     * A router that counts right never asks for more than there is; one that does not, or a second one, must not overbook a
     * device.
     */
    private static Optional<String> devices(Program program, List<Reservation> wanted, Node node) {
        if (!wanted.stream().map(Reservation::deviceId).allMatch(node.deviceBytes()::containsKey)) {
            return Optional.of("UNKNOWN_DEVICE");
        }
        return wanted.stream()
                .flatMap(part -> device(program, part, node).stream())
                .findFirst();
    }

    private static Optional<String> device(Program program, Reservation part, Node node) {
        var use = node.deviceUses().getOrDefault(part.deviceId(), DeviceUse.NONE);
        long total = node.deviceBytes().getOrDefault(part.deviceId(), 0L);
        if (use.memoryBytes() + part.memoryBytes() > total) {
            return Optional.of("NO_DEVICE_MEMORY");
        }
        if (hasNoCompute(use, part)) {
            return Optional.of("NO_DEVICE_COMPUTE");
        }
        return use.guests().stream()
                        .allMatch(guest ->
                                Company.bear(guest.program(), guest.part().isolation(), program, part.isolation()))
                ? Optional.empty()
                : Optional.of("DEVICE_ISOLATED");
    }

    /** Who has a whole device has it alone. */
    private static boolean hasNoCompute(DeviceUse use, Reservation part) {
        boolean wholeTaken =
                use.guests().stream().anyMatch(guest -> guest.part().isWhole());
        return use.shareMillis() + part.shareMillis() > Reservation.WHOLE
                || wholeTaken
                || (part.isWhole() && use.running() > 0);
    }
}
