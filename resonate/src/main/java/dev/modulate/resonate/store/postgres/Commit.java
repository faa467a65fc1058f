package dev.modulate.resonate.store.postgres;

import dev.modulate.resonate.protocol.Schedule;
import dev.modulate.resonate.store.ScheduleCodec;
import dev.modulate.resonate.store.Shards;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.function.Function;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * A batch as one statement, which is one transaction and one round trip. It locks the row of the last claim until it is
 * durable, and writes nothing when that claim is not the one that we know.
 */
final class Commit {
    /** Waits for a claim in progress, and then sees its outcome: a locked row is read again. */
    private static final String OWNED = """
            held as materialized (select number from resonate_claim where number = ? for share),
            allowed as materialized (select count(*) = 1 as yes from held)
            """;

    private static final String BORN = """
            , born as (
              insert into resonate_promise (id, shard, tree, settled_at, origin, state)
              select * from unnest(?::text[], ?::int2[], ?::text[], ?::int8[], ?::bytea[], ?::bytea[])
              where (select yes from allowed)
            """;

    private static final String CHANGED = """
              returning 1),
            changed as (
              update resonate_promise as p set settled_at = c.settled_at, state = c.state
              from unnest(?::text[], ?::int8[], ?::bytea[]) as c(id, settled_at, state)
              where p.id = c.id and (select yes from allowed)
              returning 1)
            """;

    private static final String SCHEDULED = """
            , scheduled as (
              insert into resonate_schedule (id, shard, record)
              select * from unnest(?::text[], ?::int2[], ?::bytea[])
              where (select yes from allowed)
              on conflict (id) do update set record = excluded.record),
            unscheduled as (
              delete from resonate_schedule where id = any(?::text[]) and (select yes from allowed))
            """;

    private static final String WRITTEN =
            "select yes, (select count(*) from born) + (select count(*) from changed) from allowed";

    /** For most batches: what else a statement may do costs time even when there is nothing of it. */
    private static final String PUT = "with " + OWNED + BORN + CHANGED + WRITTEN;

    private static final String PUT_ANY = "with " + OWNED + BORN
            + "on conflict (id) do update set settled_at = excluded.settled_at, state = excluded.state"
            + CHANGED + SCHEDULED + WRITTEN;

    private static final String REMOVE = "with " + OWNED + """
            , gone as (
              delete from resonate_promise
              where id = any(?::text[]) and settled_at is not null and (select yes from allowed)
              returning 1)
            select yes, (select count(*) from gone) from allowed
            """;

    private static final String CLEAR = "with " + OWNED + """
            , promises as (delete from resonate_promise where (select yes from allowed)),
            schedules as (delete from resonate_schedule where (select yes from allowed))
            select yes, 0 from allowed
            """;

    private final Connection connection;
    private final Ownership ownership;
    private final PreparedStatement put;
    private final PreparedStatement putAny;
    private final PreparedStatement remove;
    private final PreparedStatement clear;

    Commit(Connection connection, Ownership ownership) throws SQLException {
        this.connection = connection;
        this.ownership = ownership;
        try (var statement = connection.createStatement()) {
            // One plan for batches of any size: by key, never by reading the table.
            statement.execute("""
                    set plan_cache_mode = force_generic_plan;
                    set enable_seqscan = off; set enable_hashjoin = off; set enable_mergejoin = off; set jit = off;
                    set synchronous_commit = on""");
        }
        this.put = connection.prepareStatement(PUT);
        this.putAny = connection.prepareStatement(PUT_ANY);
        this.remove = connection.prepareStatement(REMOVE);
        this.clear = connection.prepareStatement(CLEAR);
    }

    Connection connection() {
        return connection;
    }

    /** @param again true when it may have been written before */
    void put(Rows rows, boolean again) throws SQLException {
        boolean any = again || !rows.scheduled.isEmpty() || !rows.unscheduled.isEmpty();
        var statement = any ? putAny : put;
        int at = promises(statement, owned(statement), rows);
        if (any) {
            schedules(statement, at, rows);
        }
        int written = run(statement);
        int expected = rows.born.size() + rows.changed.size();
        if (written != expected) {
            throw new SQLException(written + " promises were written (expected: " + expected + ")", "XX001");
        }
    }

    /** Where the next parameter goes. */
    private int promises(PreparedStatement statement, int from, Rows rows) throws SQLException {
        var born = rows.born;
        var changed = rows.changed;
        int at = from;
        statement.setArray(at++, array("text", born, row -> row.entry().id(), String[]::new));
        statement.setArray(at++, array("int2", born, row -> shard(row.tree()), Short[]::new));
        statement.setArray(at++, array("text", born, Rows.Row::tree, String[]::new));
        statement.setArray(at++, array("int8", born, row -> row.entry().settledAtMillis(), Long[]::new));
        statement.setArray(at++, array("bytea", born, Rows.Row::origin, byte[][]::new));
        statement.setArray(at++, array("bytea", born, Rows.Row::state, byte[][]::new));
        statement.setArray(at++, array("text", changed, row -> row.entry().id(), String[]::new));
        statement.setArray(at++, array("int8", changed, row -> row.entry().settledAtMillis(), Long[]::new));
        statement.setArray(at++, array("bytea", changed, Rows.Row::state, byte[][]::new));
        return at;
    }

    private void schedules(PreparedStatement statement, int from, Rows rows) throws SQLException {
        var scheduled = rows.scheduled;
        statement.setArray(from, array("text", scheduled, Schedule::id, String[]::new));
        statement.setArray(from + 1, array("int2", scheduled, schedule -> shard(schedule.id()), Short[]::new));
        statement.setArray(from + 2, array("bytea", scheduled, ScheduleCodec::bytes, byte[][]::new));
        statement.setArray(from + 3, array("text", List.copyOf(rows.unscheduled), id -> id, String[]::new));
    }

    private static Short shard(String tree) {
        return (short) Shards.of(tree);
    }

    void remove(List<String> ids) throws SQLException {
        int at = owned(remove);
        remove.setArray(at, array("text", ids, id -> id, String[]::new));
        run(remove);
    }

    void clear() throws SQLException {
        owned(clear);
        run(clear);
    }

    private int owned(PreparedStatement statement) throws SQLException {
        statement.setLong(1, ownership.number());
        return 2;
    }

    /** An array of its element's own type goes over the wire as bytes, not as text. */
    private <T, C> java.sql.Array array(
            String type, List<T> rows, Function<T, ? extends @Nullable C> column, IntFunction<C[]> made)
            throws SQLException {
        return connection.createArrayOf(
                type, rows.stream().<@Nullable C>map(column).toArray(made));
    }

    private int run(PreparedStatement statement) throws SQLException {
        try (ResultSet rows = statement.executeQuery()) {
            if (!rows.next() || !rows.getBoolean(1)) {
                throw ownership.stale();
            }
            return rows.getInt(2);
        }
    }
}
