package dev.modulate.resonate.lane;

import dev.modulate.resonate.machine.Delivery;

/** Takes messages to where they are addressed. Called by the writer, which must not be blocked. */
public interface Deliveries {
    void deliver(Delivery delivery);
}
