package dev.modulate.resonate.lane;

import dev.modulate.resonate.store.PromiseStore;
import dev.modulate.resonate.store.StaleOwnerException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The phases of a lane, and how it comes back after a commit failed: from the store, as after a start. Everything is called
 * under the lane's lock.
 *
 * <pre>
 * NEW --start--> SERVING --a commit fails--> BROKEN --the store was read--> SERVING
 *                SERVING, BROKEN --another owner--> STALE
 *                any --close--> CLOSED
 * </pre>
 */
final class Recovery {
    private static final Logger LOG = LoggerFactory.getLogger(Recovery.class);

    private final Stage stage;
    private final PromiseStore store;
    private LaneState state = LaneState.NEW;

    Recovery(Stage stage, PromiseStore store) {
        this.stage = stage;
        this.store = store;
    }

    LaneState state() {
        return state;
    }

    boolean serves() {
        return state == LaneState.SERVING && store.available();
    }

    /** Reads what is pending; operations are served from then on. */
    void recover() {
        stage.recover();
        state = LaneState.SERVING;
        LOG.atInfo().addKeyValue("pending", stage.memory.promises()).log("promises recovered");
    }

    void failed(Throwable cause) {
        if (state == LaneState.SERVING) {
            state = cause instanceof StaleOwnerException ? LaneState.STALE : LaneState.BROKEN;
        }
    }

    void retry() {
        if (state != LaneState.BROKEN) {
            return;
        }
        try {
            recover();
        } catch (StaleOwnerException e) {
            LOG.atError().setCause(e).log("promises are no longer served");
            state = LaneState.STALE;
        } catch (RuntimeException | Error e) {
            LOG.atError().setCause(e).log("promises cannot be read");
        }
    }

    void close() {
        state = LaneState.CLOSED;
    }
}
