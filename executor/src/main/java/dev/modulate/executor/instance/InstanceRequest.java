package dev.modulate.executor.instance;

import dev.modulate.executor.call.Program;
import dev.modulate.executor.call.Reservation;
import java.util.List;

/** Somebody waits for an instance. Owned by the lane. */
public final class InstanceRequest {
    private final InstanceGroup group;
    final Program program;
    final List<Reservation> reservations;
    final InstancePool.Waiter waiter;

    InstanceRequest(InstanceGroup group, Program program, List<Reservation> reservations, InstancePool.Waiter waiter) {
        this.group = group;
        this.program = program;
        this.reservations = List.copyOf(reservations);
        this.waiter = waiter;
    }

    /** Nothing is told any more. What starts for it goes on and is kept warm. */
    public void cancel() {
        group.waiting.remove(this);
    }
}
