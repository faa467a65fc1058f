package dev.modulate.router.dispatch;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.Executor;

/** Runs events on the test's thread, one after the other: what an event posts runs after it. */
public final class InlineOwner implements Executor {
    private final Deque<Runnable> inbox = new ArrayDeque<>();
    private boolean running;

    @Override
    public void execute(Runnable event) {
        inbox.add(event);
        if (running) {
            return;
        }
        running = true;
        try {
            for (var next = inbox.poll(); next != null; next = inbox.poll()) {
                next.run();
            }
        } finally {
            running = false;
        }
    }
}
