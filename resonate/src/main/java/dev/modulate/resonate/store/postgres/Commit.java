package dev.modulate.resonate.store.postgres;

import dev.modulate.resonate.protocol.Schedule;
import dev.modulate.resonate.store.ScheduleCodec;
import dev.modulate.resonate.store.Shards;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.BitSet;
import java.util.List;
import java.util.function.Function;

/**
 * A batch as one statement, which is one transaction and one round trip. It locks the shards' rows against a change of
 * owner until it is durable and writes nothing when one is no longer ours. It may be sent twice.
 */
final class Commit {
    /** Waits for a claim in progress, and then sees its outcome: a locked row is read again. */
    private static final String OWNED = """
            owned as materialized (
              select s.shard from unnest(?::int2[], ?::int8[]) as named(shard, epoch)
              join resonate_shard s on s.shard = named.shard and s.epoch = named.epoch
              for share of s),
            allowed as materialized (select count(*) = ? as yes from owned)
            """;

    private static final String PUT = "with " + OWNED + """
            , born as (
              insert into resonate_promise (id, shard, tree, settled_at, origin, state)
              select * from unnest(?::text[], ?::int2[], ?::text[], ?::int8[], ?::bytea[], ?::bytea[])
              where (select yes from allowed)
              on conflict (id) do update set settled_at = excluded.settled_at, state = excluded.state
              returning 1),
            changed as (
              update resonate_promise as p set settled_at = c.settled_at, state = c.state
              from unnest(?::text[], ?::int8[], ?::bytea[]) as c(id, settled_at, state)
              where p.id = c.id and (select yes from allowed)
              returning 1),
            scheduled as (
              insert into resonate_schedule (id, shard, record)
              select * from unnest(?::text[], ?::int2[], ?::bytea[])
              where (select yes from allowed)
              on conflict (id) do update set record = excluded.record),
            unscheduled as (
              delete from resonate_schedule where id = any(?::text[]) and (select yes from allowed))
            select yes, (select count(*) from born) + (select count(*) from changed) from allowed
            """;

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
        this.remove = connection.prepareStatement(REMOVE);
        this.clear = connection.prepareStatement(CLEAR);
    }

    Connection connection() {
        return connection;
    }

    void put(Rows rows) throws SQLException {
        int at = owned(put, rows.shards);
        array(put, at++, "text", rows.born, row -> row.entry().id());
        array(put, at++, "int2", rows.born, row ->
                (short) Shards.of(row.entry().origin().tree()));
        array(put, at++, "text", rows.born, row -> row.entry().origin().tree());
        array(put, at++, "int8", rows.born, row -> row.entry().settledAtMillis());
        put.setArray(at++, bytes(rows.born, Rows.Row::origin));
        put.setArray(at++, bytes(rows.born, Rows.Row::state));
        array(put, at++, "text", rows.changed, row -> row.entry().id());
        array(put, at++, "int8", rows.changed, row -> row.entry().settledAtMillis());
        put.setArray(at++, bytes(rows.changed, Rows.Row::state));
        array(put, at++, "text", rows.scheduled, Schedule::id);
        array(put, at++, "int2", rows.scheduled, schedule -> (short) Shards.of(schedule.id()));
        put.setArray(at++, bytes(rows.scheduled, ScheduleCodec::bytes));
        array(put, at, "text", List.copyOf(rows.unscheduled), id -> id);
        int written = run(put);
        int expected = rows.born.size() + rows.changed.size();
        if (written != expected) {
            throw new SQLException(written + " promises were written (expected: " + expected + ")", "XX001");
        }
    }

    void remove(BitSet shards, List<String> ids) throws SQLException {
        int at = owned(remove, shards);
        array(remove, at, "text", ids, id -> id);
        run(remove);
    }

    void clear() throws SQLException {
        var all = new BitSet(Shards.COUNT);
        all.set(0, Shards.COUNT);
        owned(clear, all);
        run(clear);
    }

    private int owned(PreparedStatement statement, BitSet shards) throws SQLException {
        var named = shards.stream().boxed().toList();
        array(statement, 1, "int2", named, Integer::shortValue);
        array(statement, 2, "int8", named, ownership::epoch);
        statement.setInt(3, named.size());
        return 4;
    }

    private <T> void array(
            PreparedStatement statement,
            int at,
            String type,
            List<T> rows,
            Function<T, ? extends @org.jspecify.annotations.Nullable Object> column)
            throws SQLException {
        statement.setArray(
                at, connection.createArrayOf(type, rows.stream().map(column).toArray()));
    }

    private <T> java.sql.Array bytes(List<T> rows, Function<T, byte[]> column) throws SQLException {
        return connection.createArrayOf("bytea", rows.stream().map(column).toArray(byte[][]::new));
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
