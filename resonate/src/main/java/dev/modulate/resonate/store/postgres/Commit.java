package dev.modulate.resonate.store.postgres;

import static java.util.Objects.requireNonNull;

import dev.modulate.resonate.machine.Entry;
import dev.modulate.resonate.protocol.Schedule;
import dev.modulate.resonate.store.RecordCodec;
import dev.modulate.resonate.store.ScheduleCodec;
import dev.modulate.resonate.store.Shards;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.function.Function;
import java.util.function.IntFunction;

/**
 * A batch as one statement, which is one transaction and one round trip. It locks our row among the owners until it is
 * durable, and writes nothing when its epoch is not the one that we know.
 */
final class Commit {
    private static final byte[] NOTHING = {};

    /** Waits for a claim in progress, and then sees its outcome: a locked row is read again. */
    private static final String OWNED = """
            with held as materialized (
              select true as yes from resonate_owner where owner = ? and epoch = ? for share)
            """;

    /** Arrays among the columns become rows one by one; behind a {@code from} each would be a table first, a fifth dearer. */
    private static final String BORN = """
            , born as (
              insert into resonate_promise (id, shard, tree, origin, state)
              select unnest(?::text[]), unnest(?::int2[]), unnest(?::text[]), unnest(?::bytea[]), unnest(?::bytea[])
              where (select yes from held)
            """;

    private static final String LISTED = """
            ), listed as (
              insert into resonate_recent (ids) select ids from (select ?::text[] as ids) as list
              where cardinality(ids) > 0 and (select yes from held)
            """;

    private static final String SETTLED = """
            ), settled as (
              insert into resonate_settled (id, settled_at, state)
              select unnest(?::text[]), unnest(?::int8[]), unnest(?::bytea[])
              where (select yes from held)
            """;

    private static final String OTHERS = """
            ), changed as (
              update resonate_promise as p set state = c.state
              from unnest(?::text[], ?::bytea[]) as c(id, state)
              where p.id = c.id and (select yes from held)
              returning 1),
            scheduled as (
              insert into resonate_schedule (id, shard, record)
              select * from unnest(?::text[], ?::int2[], ?::bytea[])
              where (select yes from held)
              on conflict (id) do update set record = excluded.record),
            unscheduled as (
              delete from resonate_schedule where id = any(?::text[]) and (select yes from held))
            select (select count(*) from changed) from held
            """;

    /** For most batches: what else a statement may do costs time even when there is nothing of it. */
    private static final String PUT = OWNED + BORN + LISTED + SETTLED + ") select 0 from held";

    private static final String PUT_ANY = OWNED + BORN + LISTED + SETTLED + OTHERS;

    private static final String REOPENED = """
              returning ids),
            reopened as (
              delete from resonate_settled where id in (select unnest(ids) from listed)
            """;

    /** What is there already is written over. */
    private static final String PUT_AGAIN = OWNED + BORN + "on conflict (id) do update set state = excluded.state"
            + LISTED + REOPENED + SETTLED
            + "on conflict (id) do update set settled_at = excluded.settled_at, state = excluded.state" + OTHERS;

    private static final String REMOVE = OWNED + """
            , gone as (
              delete from resonate_settled where id = any(?::text[]) and (select yes from held)
              returning id),
            removed as (
              delete from resonate_promise as p using gone where p.id = gone.id)
            select 0 from held
            """;

    private static final String CLEAR = OWNED + """
            , promises as (delete from resonate_promise where (select yes from held)),
            settled as (delete from resonate_settled where (select yes from held)),
            recent as (delete from resonate_recent where (select yes from held)),
            lasting as (delete from resonate_lasting where (select yes from held)),
            schedules as (delete from resonate_schedule where (select yes from held))
            select 0 from held
            """;

    private final Connection connection;
    private final Ownership ownership;
    private final PreparedStatement put;
    private final PreparedStatement putAny;
    private final PreparedStatement putAgain;
    private final PreparedStatement remove;
    private final PreparedStatement clear;

    Commit(Connection connection, Ownership ownership) throws SQLException {
        this.connection = connection;
        this.ownership = ownership;
        this.put = connection.prepareStatement(PUT);
        this.putAny = connection.prepareStatement(PUT_ANY);
        this.putAgain = connection.prepareStatement(PUT_AGAIN);
        this.remove = connection.prepareStatement(REMOVE);
        this.clear = connection.prepareStatement(CLEAR);
    }

    Connection connection() {
        return connection;
    }

    /** @param again true when it may have been written before */
    void put(Rows rows, boolean again) throws SQLException {
        boolean common = !again && rows.common();
        var statement = again ? putAgain : common ? put : putAny;
        int at = promises(statement, owned(statement), rows);
        if (!common) {
            others(statement, at, rows);
        }
        int changed = run(statement);
        if (changed != rows.changed.size()) {
            throw new SQLException(changed + " promises were changed (expected: " + rows.changed.size() + ")", "XX001");
        }
    }

    /** Where the next parameter goes. */
    private int promises(PreparedStatement statement, int from, Rows rows) throws SQLException {
        var born = rows.born;
        var settled = rows.settled;
        int at = from;
        statement.setArray(at++, ids(born));
        statement.setArray(
                at++, array("int2", born, entry -> shard(entry.origin().tree()), Short[]::new));
        statement.setArray(at++, array("text", born, entry -> entry.origin().tree(), String[]::new));
        statement.setArray(at++, array("bytea", born, entry -> RecordCodec.origin(entry.origin()), byte[][]::new));
        statement.setArray(
                at++,
                array("bytea", born, entry -> entry.pending() ? RecordCodec.state(entry) : NOTHING, byte[][]::new));
        statement.setArray(at++, array("text", rows.pending, id -> id, String[]::new));
        statement.setArray(at++, ids(settled));
        statement.setArray(at++, array("int8", settled, entry -> requireNonNull(entry.settledAtMillis()), Long[]::new));
        statement.setArray(at++, array("bytea", settled, RecordCodec::state, byte[][]::new));
        return at;
    }

    private void others(PreparedStatement statement, int from, Rows rows) throws SQLException {
        var scheduled = rows.scheduled;
        statement.setArray(from, ids(rows.changed));
        statement.setArray(from + 1, array("bytea", rows.changed, RecordCodec::state, byte[][]::new));
        statement.setArray(from + 2, array("text", scheduled, Schedule::id, String[]::new));
        statement.setArray(from + 3, array("int2", scheduled, schedule -> shard(schedule.id()), Short[]::new));
        statement.setArray(from + 4, array("bytea", scheduled, ScheduleCodec::bytes, byte[][]::new));
        statement.setArray(from + 5, array("text", List.copyOf(rows.unscheduled), id -> id, String[]::new));
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
        statement.setString(1, ownership.owner());
        statement.setLong(2, ownership.epoch());
        return 3;
    }

    private java.sql.Array ids(List<Entry> rows) throws SQLException {
        return array("text", rows, Entry::id, String[]::new);
    }

    /** An array of its element's own type goes over the wire as bytes, not as text. */
    private <T, C> java.sql.Array array(String type, List<T> rows, Function<T, C> column, IntFunction<C[]> made)
            throws SQLException {
        var values = made.apply(rows.size());
        for (int i = 0; i < values.length; i++) {
            values[i] = column.apply(rows.get(i));
        }
        return connection.createArrayOf(type, values);
    }

    private int run(PreparedStatement statement) throws SQLException {
        try (ResultSet rows = statement.executeQuery()) {
            if (!rows.next()) {
                throw ownership.stale();
            }
            return rows.getInt(1);
        }
    }
}
