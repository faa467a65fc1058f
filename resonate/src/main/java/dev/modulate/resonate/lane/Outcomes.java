package dev.modulate.resonate.lane;

import dev.modulate.resonate.protocol.Reply;
import dev.modulate.resonate.protocol.ResonateUnavailableException;
import dev.modulate.resonate.store.StoreException;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** How waiting callers are told. */
final class Outcomes {
    private Outcomes() {}

    /** @param broken null when the reply holds */
    static <A> void finish(
            CompletableFuture<Reply<A>> future, Reply<A> reply, @Nullable ResonateUnavailableException broken) {
        if (broken == null) {
            future.complete(reply);
        } else {
            future.completeExceptionally(broken);
        }
    }

    /**
     * @param waitingMax how many operations wait for the store when that is too many, else 0
     * @return true
     */
    static boolean refuse(CompletableFuture<?> future, LaneState state, int waitingMax) {
        String why = state == LaneState.STALE
                ? "another server has taken the promises over"
                : state == LaneState.SERVING && waitingMax > 0
                        ? "too many operations wait for the store (at most " + waitingMax + ")"
                        : "promise store is not available";
        future.completeExceptionally(new ResonateUnavailableException(why, null));
        return true;
    }

    static void fail(CompletableFuture<?> future, StoreException cause) {
        future.completeExceptionally(new ResonateUnavailableException("" + cause.getMessage(), cause));
    }
}
