package dev.modulate.executor.instance;

import dev.modulate.executor.call.Failure;
import dev.modulate.executor.call.Program;
import dev.modulate.executor.call.Reservation;
import java.time.Duration;
import java.util.List;

/** An instance that somebody wants, and does not wait for. Owned by the lane. */
public final class LoadRequest {
    final Program program;
    final List<Reservation> reservations;
    final Waiter waiter;
    final long askedNanos;

    /** Told once, on the lane. */
    public interface Waiter {
        /** @param took from nothing to ready */
        void resident(Duration took);

        void failed(Failure failure);

        /** @param reason in UPPER_SNAKE_CASE */
        void refused(String reason);
    }

    LoadRequest(Program program, List<Reservation> reservations, Waiter waiter, long askedNanos) {
        this.program = program;
        this.reservations = List.copyOf(reservations);
        this.waiter = waiter;
        this.askedNanos = askedNanos;
    }
}
