package dev.modulate.resonate.store.postgres;

import java.sql.SQLException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The connection that writes. A lost one is dialled again a few times before a write fails. Used by one thread at a time. */
final class Writer {
    private static final int ATTEMPTS_MAX = 6;
    private static final long PAUSE_MILLIS_MIN = 100;

    private static final Logger LOG = LoggerFactory.getLogger(Writer.class);

    private final Connector connector;
    private final Ownership ownership;
    private final CountDownLatch closing;

    /** Null after it was lost. */
    private @Nullable Commit open;

    interface Writing {
        /** @param again true when it may have been written before */
        void write(Commit commit, boolean again) throws SQLException;
    }

    /** @param closing ends the pauses between attempts */
    Writer(Connector connector, Ownership ownership, CountDownLatch closing) {
        this.connector = connector;
        this.ownership = ownership;
        this.closing = closing;
    }

    void write(Writing writing) throws SQLException {
        boolean mayBeThere = false;
        for (int attempt = 1; ; attempt++) {
            boolean sent = false;
            try {
                var commit = commit();
                sent = true;
                writing.write(commit, mayBeThere);
                return;
            } catch (SQLException e) {
                if (Failures.connection(e)) {
                    drop();
                    // With any other error it is known that nothing was written.
                    mayBeThere |= sent;
                }
                if (!Failures.passes(e) || attempt == ATTEMPTS_MAX || !pause(attempt)) {
                    throw e;
                }
                LOG.atWarn().addKeyValue("attempt", attempt).setCause(e).log("commit is tried again");
            }
        }
    }

    /** Waits for what was sent and not answered, or has it refused: what is read afterwards stays so. */
    void settle() throws SQLException {
        drop();
        commit();
    }

    private Commit commit() throws SQLException {
        var commit = open;
        if (commit == null) {
            var connection = connector.connect();
            boolean ready = false;
            try {
                ownership.renew(connection);
                commit = new Commit(connection, ownership);
                ready = true;
            } finally {
                if (!ready) {
                    Readers.close(connection);
                }
            }
            open = commit;
        }
        return commit;
    }

    void drop() {
        if (open != null) {
            Readers.close(open.connection());
            open = null;
        }
    }

    /** False when the store is being closed. */
    private boolean pause(int attempt) {
        try {
            return !closing.await(PAUSE_MILLIS_MIN << (attempt - 1), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
