package dev.modulate.api.waiting;

import dev.modulate.executor.v1.PushResult;
import dev.modulate.resonate.protocol.Promise;
import dev.modulate.router.v1.DispatchPlaced;

/** Waits for the end of one invocation. Called on threads that must not be blocked, without a lock. */
public interface Waiter {
    /** How the end became known. Either way it is durable. */
    sealed interface End {
        /** An executor pushed the result after it was settled. */
        record Pushed(PushResult result) implements End {}

        /** The promise was read and is settled. */
        record Read(Promise promise) implements End {}
    }

    /** Called once; the waiter is then forgotten. */
    void ended(End end);

    /** A node has it. A hint: not every placement is told. */
    default void placed(DispatchPlaced placed) {}

    /** A router is there again: it knows of no watch. */
    default void routerConnected() {}

    /** When the waiter has waited long enough, on the clock of {@code nanoTime}. */
    default long untilNanos() {
        return NEVER;
    }

    /** It has waited long enough, and is then forgotten. */
    default void expired() {}

    long NEVER = Long.MAX_VALUE;
}
