package dev.modulate.resonate.store.postgres;

import dev.modulate.resonate.machine.Entry;
import dev.modulate.resonate.store.PromiseStore;
import dev.modulate.resonate.store.RecordCodec;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/** One statement that is read a page at a time, so it sees one moment: that of the first {@link #next}. */
final class PostgresScan implements PromiseStore.Scan {
    private static final int PAGE_ROWS = 500;

    private final PostgresStore store;
    private final Readers readers;
    private final @Nullable String after;
    private final boolean pendingOnly;
    private @Nullable Connection connection;
    private @Nullable ResultSet rows;

    PostgresScan(PostgresStore store, Readers readers, @Nullable String after, boolean pendingOnly) {
        this.store = store;
        this.readers = readers;
        this.after = after;
        this.pendingOnly = pendingOnly;
    }

    @Override
    public @Nullable Entry next() {
        try {
            var open = rows == null ? open() : rows;
            return open.next() ? entry(open) : null;
        } catch (SQLException e) {
            throw store.failed("read", e);
        }
    }

    private ResultSet open() throws SQLException {
        var taken = readers.take();
        connection = taken;
        taken.setAutoCommit(false);
        // Closed with its connection.
        PreparedStatement select = taken.prepareStatement("select id, origin, state from resonate_promise where id > ?"
                + (pendingOnly ? " and settled_at is null" : "") + " order by id");
        select.setFetchSize(PAGE_ROWS);
        select.setString(1, after == null ? "" : after);
        var opened = select.executeQuery();
        rows = opened;
        return opened;
    }

    static Entry entry(ResultSet rows) throws SQLException {
        return RecordCodec.state(RecordCodec.origin(rows.getString(1), rows.getBytes(2)), rows.getBytes(3));
    }

    @Override
    public void close() {
        if (connection != null) {
            readers.give(connection);
            connection = null;
        }
    }
}
