package dev.modulate.resonate.store.postgres;

import static java.util.Objects.requireNonNull;

import dev.modulate.resonate.machine.Entry;
import dev.modulate.resonate.store.PromiseStore;
import dev.modulate.resonate.store.RecordCodec;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/**
 * One statement that is read a page at a time, so it sees one moment: that of the first {@link #next}. A page is bounded
 * in rows only, and a row may be of several MiB: what is large is not in it, but read by itself, of the same moment.
 */
final class PostgresScan implements PromiseStore.Scan {
    /** Looks each row that is read up among the settled ones, never reads all of these. */
    static final String ENTRIES = """
            select p.id, p.origin, coalesce((select state from resonate_settled where id = p.id), p.state)
            from resonate_promise as p
            """;

    private static final String ONE = ENTRIES + "where p.id = ?";

    private static final int PAGE_ROWS = 500;

    /** Of each of the two columns, so that a page is of some 16 MiB at most. */
    private static final int SMALL_BYTES_MAX = 16 << 10;

    private static final String PAGES = """
            select p.id, %s, coalesce((select %s from resonate_settled where id = p.id), %s)
            from resonate_promise as p where p.id > ? order by p.id
            """.formatted(small("p.origin"), small("state"), small("p.state"));

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
                    byte[] origin = open.getBytes(2);
                    byte[] state = open.getBytes(3);
                    return origin.length == 0 || state.length == 0 ? large(id) : entry(id, origin, state);
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
        taken.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
        taken.setAutoCommit(false);
        // Closed with its connection.
        PreparedStatement select = taken.prepareStatement(pendingOnly ? PendingIds.ENTRIES : PAGES);
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

    /** A record as an expression: empty, which none is, instead of a large one. Its length is known without reading it. */
    static String small(String column) {
        return "case when octet_length(%1$s) <= %2$d then %1$s else '' end".formatted(column, SMALL_BYTES_MAX);
    }

    private Entry large(String id) throws SQLException {
        try (var select = requireNonNull(connection).prepareStatement(ONE)) {
            select.setString(1, id);
            try (ResultSet row = select.executeQuery()) {
                if (!row.next()) {
                    throw new SQLException("promise " + id + " is gone while it is read", "XX001");
                }
                return entry(row);
            }
        }
    }

    static Entry entry(ResultSet rows) throws SQLException {
        return entry(rows.getString(1), rows.getBytes(2), rows.getBytes(3));
    }

    private static Entry entry(String id, byte[] origin, byte[] state) {
        return RecordCodec.state(RecordCodec.origin(id, origin), state);
    }

    @Override
    public void close() {
        if (connection != null) {
            readers.give(connection);
            connection = null;
        }
    }
}
