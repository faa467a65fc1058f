package dev.modulate.resonate.store.postgres;

import dev.modulate.resonate.store.Shards;
import dev.modulate.resonate.store.StoreException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;

/**
 * The tables, and how they came to be. A step, once released, is never edited; the next one follows it.
 *
 * <p>A promise is a row of {@code resonate_promise}, with its first state or a later one while it is pending; once it is
 * settled its state is the row of {@code resonate_settled}. So the common way writes rows and changes none. What is pending
 * is found by {@link PendingIds}.
 *
 * <p>Records are bytes, as in the embedded store: they may hold characters that a text of PostgreSQL cannot. What
 * statements look at stands in columns beside them.
 */
final class Schema {
    private static final List<String> STEPS = List.of("""
            create table resonate_shard (
              shard smallint primary key,
              epoch bigint not null,
              owner text not null);
            insert into resonate_shard select shard, 0, '' from generate_series(0, %d) as shard;
            create table resonate_promise (
              id text collate "C" primary key,
              shard smallint not null,
              tree text collate "C" not null,
              settled_at bigint,
              origin bytea not null,
              state bytea not null);
            create index resonate_promise_pending on resonate_promise (id) where settled_at is null;
            create index resonate_promise_child on resonate_promise (tree) where tree <> id;
            """.formatted(Shards.COUNT - 1), """
            create table resonate_schedule (
              id text collate "C" primary key,
              shard smallint not null,
              record bytea not null);
            """, """
            create table resonate_claim (number bigint not null);
            insert into resonate_claim values (0);
            """, """
            create table resonate_settled (
              id text collate "C" primary key,
              settled_at bigint not null,
              state bytea not null);
            insert into resonate_settled
              select id, settled_at, state from resonate_promise where settled_at is not null;
            create table resonate_recent (ids text[] collate "C" not null);
            create table resonate_lasting (id text collate "C" primary key);
            insert into resonate_lasting select id from resonate_promise where settled_at is null;
            alter table resonate_promise drop column settled_at;
            create table resonate_owner (
              owner text primary key,
              epoch bigint not null);
            alter table resonate_shard drop column epoch;
            drop table resonate_claim;
            """);

    /** Any number, the same for all servers: they must not change the tables at the same time. */
    private static final long LOCK = 7_260_014_400_251L;

    private Schema() {}

    static void prepare(Connection connection) throws SQLException {
        prepare(connection, STEPS.size());
    }

    /** @param wanted version to end with, for tests of later steps */
    static void prepare(Connection connection, int wanted) throws SQLException {
        connection.setAutoCommit(false);
        try (var statement = connection.createStatement()) {
            statement.execute("select pg_advisory_xact_lock(" + LOCK + ")");
            statement.execute("create table if not exists resonate_schema (version int not null)");
            int version = version(statement);
            if (version > STEPS.size()) {
                throw new StoreException(
                        "the tables are of version " + version + ", made by a newer server (this one knows "
                                + STEPS.size() + ")",
                        null);
            }
            if (version < wanted) {
                waitAsLongAsItTakes(connection, statement);
                for (int step = version; step < wanted; step++) {
                    statement.execute(STEPS.get(step));
                }
                statement.execute("delete from resonate_schema");
                statement.execute("insert into resonate_schema values (" + wanted + ")");
            }
            connection.commit();
        } finally {
            connection.rollback();
            connection.setAutoCommit(true);
        }
    }

    /** A step may have millions of rows to move, some 70,000 a second. */
    private static void waitAsLongAsItTakes(Connection connection, Statement statement) throws SQLException {
        statement.execute("set local statement_timeout = 0; set local enable_seqscan = on");
        connection.setNetworkTimeout(Runnable::run, 0);
    }

    private static int version(Statement statement) throws SQLException {
        try (ResultSet rows = statement.executeQuery("select coalesce(max(version), 0) from resonate_schema")) {
            rows.next();
            return rows.getInt(1);
        }
    }
}
