package dev.modulate.resonate.lane;

import dev.modulate.resonate.protocol.Reply;
import dev.modulate.resonate.protocol.ResonateUnavailableException;
import dev.modulate.resonate.store.StoreException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** How waiting callers are told. */
final class Outcomes {
    private static final Logger LOG = LoggerFactory.getLogger(Outcomes.class);

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

    static void finish(CompletableFuture<Void> future, @Nullable ResonateUnavailableException broken) {
        if (broken == null) {
            future.complete(null);
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
                        ? "too much waits for the store (at most " + waitingMax + " operations and "
                                + (Stage.BATCH_CHARS_MAX >> 20) + " Mi characters)"
                        : "promise store is not available";
        future.completeExceptionally(new ResonateUnavailableException(why, null));
        return true;
    }

    static void fail(CompletableFuture<?> future, Throwable cause) {
        future.completeExceptionally(unavailable(cause));
    }

    /** What callers are told. Only the store is expected to fail: all else is a fault of ours, and logged as one. */
    static ResonateUnavailableException unavailable(Throwable cause) {
        if (cause instanceof StoreException) {
            return new ResonateUnavailableException("" + cause.getMessage(), cause);
        }
        unexpected(cause);
        return new ResonateUnavailableException("an unexpected failure: " + cause, cause);
    }

    static void unexpected(Throwable cause) {
        LOG.atError().setCause(cause).log("an unexpected failure");
    }

    /** Has all of them told, whatever becomes of one: the thread that tells must go on. */
    static <T> void each(List<T> all, Consumer<T> tell) {
        for (T one : all) {
            try {
                tell.accept(one);
            } catch (RuntimeException | Error e) {
                LOG.atError().setCause(e).log("somebody who waited could not be told");
            }
        }
    }
}
