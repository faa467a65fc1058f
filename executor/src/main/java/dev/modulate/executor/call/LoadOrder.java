package dev.modulate.executor.call;

import java.util.List;

/**
 * An instance that a router wants started though no call waits for it.
 *
 * @param id chosen by the router
 * @param devices set aside while it starts
 */
public record LoadOrder(String id, Program program, List<Reservation> devices) {
    public LoadOrder {
        devices = List.copyOf(devices);
    }
}
