package dev.modulate.resonate.lane;

import dev.modulate.resonate.machine.Delivery;

/** Takes messages to where they are addressed. Called by one thread at a time, which must not be blocked. */
public interface Deliveries {
    void deliver(Delivery delivery);
}
