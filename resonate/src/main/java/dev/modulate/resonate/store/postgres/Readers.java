package dev.modulate.resonate.store.postgres;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayDeque;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A few connections that are lent to readers, and some more for scans, which last: these leave the others alone. The lock
 * guards the idle ones.
 */
final class Readers implements AutoCloseable {
    private static final int CONNECTIONS_MAX = 6;

    /** Each may hold a page of rows in memory. */
    static final int SCANS_MAX = 4;

    private static final long WAIT_SECONDS_MAX = 5;

    private final Connector connector;
    private final Semaphore reads = new Semaphore(CONNECTIONS_MAX, true);
    private final Semaphore scans = new Semaphore(SCANS_MAX, true);
    private final ReentrantLock lock = new ReentrantLock();
    private final ArrayDeque<Connection> idle = new ArrayDeque<>();
    private boolean closed;

    /** What a reader does with a connection that is its own as long as it lasts. */
    interface Reading<T extends @Nullable Object> {
        T read(Connection connection) throws SQLException;
    }

    Readers(Connector connector) {
        this.connector = connector;
    }

    <T extends @Nullable Object> T read(Reading<T> reading) throws SQLException {
        permit(reads, CONNECTIONS_MAX + " connections for reads");
        try {
            var pooled = poll();
            if (pooled != null) {
                try {
                    return with(pooled, reading);
                } catch (SQLException e) {
                    if (!Failures.connection(e)) {
                        throw e;
                    }
                    drop();
                }
            }
            return with(connector.connect(), reading);
        } finally {
            reads.release();
        }
    }

    private <T extends @Nullable Object> T with(Connection connection, Reading<T> reading) throws SQLException {
        boolean sound = false;
        try {
            T result = reading.read(connection);
            sound = true;
            return result;
        } catch (SQLException e) {
            sound = !Failures.connection(e);
            throw e;
        } finally {
            keep(connection, sound);
        }
    }

    private static void permit(Semaphore permits, String what) throws SQLException {
        try {
            if (!permits.tryAcquire(WAIT_SECONDS_MAX, TimeUnit.SECONDS)) {
                throw new SQLException("all " + what + " are in use", Failures.OUR_LIMIT);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new SQLException("interrupted", "57014", e);
        }
    }

    /** A fresh connection for a scan, which is the caller's until {@link #give}. */
    Connection take() throws SQLException {
        permit(scans, SCANS_MAX + " connections for scans");
        boolean made = false;
        try {
            var connection = connector.connect();
            made = true;
            return connection;
        } finally {
            if (!made) {
                scans.release();
            }
        }
    }

    void give(Connection connection) {
        close(connection);
        scans.release();
    }

    private @Nullable Connection poll() {
        lock.lock();
        try {
            return idle.pollLast();
        } finally {
            lock.unlock();
        }
    }

    private void keep(Connection connection, boolean sound) {
        boolean kept;
        lock.lock();
        try {
            kept = sound && !closed;
            if (kept) {
                idle.addLast(connection);
            }
        } finally {
            lock.unlock();
        }
        if (!kept) {
            close(connection);
        }
    }

    /** Forgets idle connections: after one was lost, the others most likely are too. */
    void drop() {
        for (var connection = poll(); connection != null; connection = poll()) {
            close(connection);
        }
    }

    static void close(Connection connection) {
        try {
            connection.close();
        } catch (SQLException e) {
            // It is gone either way.
            return;
        }
    }

    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
        } finally {
            lock.unlock();
        }
        drop();
    }
}
