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
    /** Looks each row that is read up among the settled ones, never reads all of these. */
    static final String ENTRIES = """
            select p.id, p.origin, coalesce((select state from resonate_settled where id = p.id), p.state)
            from resonate_promise as p
            """;

    private static final int PAGE_ROWS = 500;

    private final PostgresStore store;
    private final Readers readers;
    private final @Nullable String after;
    private final boolean pendingOnly;
    private @Nullable Connection connection;
    private @Nullable ResultSet rows;
    private String last = "";

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
            while (open.next()) {
                String id = open.getString(1);
                if (!id.equals(last)) {
                    last = id;
                    return entry(open);
                }
            }
            return null;
        } catch (SQLException e) {
            throw store.failed("read", e);
        }
    }

    private ResultSet open() throws SQLException {
        var taken = readers.take();
        connection = taken;
        taken.setAutoCommit(false);
        // Closed with its connection.
        PreparedStatement select =
                taken.prepareStatement(pendingOnly ? PendingIds.ENTRIES : ENTRIES + "where p.id > ? order by p.id");
        String from = after == null ? "" : after;
        select.setString(1, from);
        if (pendingOnly) {
            select.setString(2, from);
        }
        select.setFetchSize(PAGE_ROWS);
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
