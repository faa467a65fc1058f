package dev.modulate.resonate.store.postgres;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Which promises may be pending. An index on what is pending would make the settling of a promise twice as dear, so a commit
 * only appends the ids that it created, as one row of {@code resonate_recent}. Once these have become many, those that are
 * still pending move to {@code resonate_lasting}, one row each; most are settled by then and are dropped.
 *
 * <p>So every pending promise is listed, and what is listed is pending or was lately: readers look each id up among the
 * settled ones. The lists say nothing false at any time, so anybody may tidy them, also a server that is not the owner any
 * more. {@link #tidy} is called by one thread, {@link #listed} by the one that commits.
 */
final class PendingIds {
    /**
     * The entries in id order; an id may come twice. Looks each id up that is read, and never reads all that was ever
     * settled. The id after which it begins is named twice. Columns are empty where {@link PostgresScan#small they are
     * large}.
     */
    static final String ENTRIES = """
            select p.id, %s, %s from (
              select id from resonate_lasting where id > ?
              union all
              select listed.id from resonate_recent, unnest(ids) as listed(id) where listed.id > ?
              order by id) as may
            join resonate_promise as p on p.id = may.id
            where (select true from resonate_settled where id = may.id) is null
            order by may.id
            """.formatted(PostgresScan.small("p.origin"), PostgresScan.small("p.state"));

    /** Ids in recent lists that are no trouble for a reader. */
    private static final int RECENT_MAX = 10_000;

    /** Lists that move at once. */
    private static final int LISTS_MAX = 5_000;

    /** A move must not count on a row that a purge is about to delete: after a take-over two servers may do this. */
    private static final String ALONE = "lock table resonate_lasting in share row exclusive mode";

    private static final String MOVE = """
            with taken as (
              delete from resonate_recent where ctid = any(array(select ctid from resonate_recent limit %d))
              returning ids),
            still as materialized (
              select distinct may.id from taken, unnest(ids) as may(id)
              where (select true from resonate_settled where id = may.id) is null),
            moved as (
              insert into resonate_lasting
              select p.id from still join resonate_promise as p on p.id = still.id
              on conflict do nothing
              returning 1)
            select (select count(*) from taken), (select count(*) from moved)
            """.formatted(LISTS_MAX);

    private static final String PURGE = """
            with over as materialized (
              select id from resonate_lasting as may
              where (select true from resonate_settled where id = may.id)
                or (select true from resonate_promise where id = may.id) is null)
            delete from resonate_lasting where id in (select id from over)
            """;

    /** Little work; left to the server, the table would grow for a minute. */
    private static final String VACUUM = "vacuum (truncate off) resonate_recent";

    /** In recent lists. What another has left is not known: the first look moves it. */
    private final AtomicLong recent = new AtomicLong(RECENT_MAX);

    /** In the other table, as far as we know. */
    private long lasting;

    private long purgeAt;

    /** @param ids that a commit has listed */
    void listed(int ids) {
        recent.addAndGet(ids);
    }

    /** Shortens the lists when they have grown. */
    void tidy(Connection connection) throws SQLException {
        if (recent.get() < RECENT_MAX) {
            return;
        }
        recent.set(0);
        boolean more = true;
        while (more) {
            more = move(connection);
        }
        try (var statement = connection.createStatement()) {
            statement.execute(VACUUM);
        }
    }

    /** True when there may be more. */
    private boolean move(Connection connection) throws SQLException {
        connection.setAutoCommit(false);
        try (var statement = connection.createStatement()) {
            statement.execute(ALONE);
            int lists;
            try (ResultSet rows = statement.executeQuery(MOVE)) {
                rows.next();
                lists = rows.getInt(1);
                lasting += rows.getLong(2);
            }
            if (lasting >= purgeAt) {
                statement.executeUpdate(PURGE);
                lasting = rows(statement);
                // Each id that stays has been looked at once for each that has come.
                purgeAt = RECENT_MAX + 2 * lasting;
            }
            connection.commit();
            return lists == LISTS_MAX;
        } finally {
            connection.rollback();
            connection.setAutoCommit(true);
        }
    }

    private static long rows(Statement statement) throws SQLException {
        try (ResultSet rows = statement.executeQuery("select count(*) from resonate_lasting")) {
            rows.next();
            return rows.getLong(1);
        }
    }
}
