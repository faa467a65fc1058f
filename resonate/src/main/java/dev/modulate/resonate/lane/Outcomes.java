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

    static void fail(CompletableFuture<?> future, StoreException cause) {
        future.completeExceptionally(new ResonateUnavailableException("" + cause.getMessage(), cause));
    }
}
