package dev.modulate.resonate.server.delivery;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * Has one thread at a time do all that there is to do. Whoever finds another at it leaves it to that one, which looks once
 * more; so nobody waits, and work that asks for more of itself does not nest.
 */
public final class Drain {
    private final Runnable all;
    private final AtomicInteger asked = new AtomicInteger();

    /** @param all does what there is to do when it begins; must not throw */
    public Drain(Runnable all) {
        this.all = all;
    }

    /** Call it when there is something to do. */
    public void run() {
        if (asked.getAndIncrement() != 0) {
            return;
        }
        int heard = 1;
        do {
            all.run();
            heard = asked.addAndGet(-heard);
        } while (heard != 0);
    }
}
