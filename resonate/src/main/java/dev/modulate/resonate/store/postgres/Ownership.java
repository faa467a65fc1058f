package dev.modulate.resonate.store.postgres;

import dev.modulate.resonate.store.Shards;
import dev.modulate.resonate.store.StaleOwnerException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;

/**
 * Which shards are ours. A shard names its owner, and one row for each owner holds the epoch of all that it owns. Whoever
 * takes shards raises the epochs of those who had them; every commit names the epoch that it knows and holds our row until
 * it is durable. So a commit is refused once anybody has taken a shard of ours: a server that was paused or cut off
 * meanwhile cannot write again.
 *
 * <p>We raise our own when a commit's connection was lost: the lost statement, should it still run, then comes before the
 * next one or is refused. Used by the thread that commits; {@link #held} by any.
 */
final class Ownership {
    /** One claim after the other; commits go on, since they lock rows only. */
    private static final String ALONE = "lock table resonate_owner in share row exclusive mode";

    private static final String TAKE = """
            with lost as (
              update resonate_owner set epoch = epoch + 1 where owner in (select owner from resonate_shard)),
            taken as (
              update resonate_shard set owner = ? returning shard)
            select count(*) from taken
            """;

    /** Owners of nothing: their commits find no row. */
    private static final String FORGET =
            "delete from resonate_owner where owner not in (select owner from resonate_shard)";

    private static final String HELD = "select count(*) from resonate_shard where owner = ?";

    private final Object database;
    private final String owner;
    private long epoch = 1;

    private Ownership(Object database, String owner) {
        this.database = database;
        this.owner = owner;
    }

    /** Takes every shard, whoever has it. */
    static Ownership claim(Connection connection, Object database) throws SQLException {
        var ownership = new Ownership(database, java.util.UUID.randomUUID().toString());
        connection.setAutoCommit(false);
        try (var statement = connection.createStatement()) {
            statement.execute(ALONE);
            int taken = ownership.count(connection, TAKE);
            if (taken != Shards.COUNT) {
                throw new SQLException(
                        "resonate_shard has " + taken + " rows (expected: " + Shards.COUNT + ")", "XX001");
            }
            statement.execute(FORGET);
            statement.execute("insert into resonate_owner values ('" + ownership.owner + "', " + ownership.epoch + ")");
            connection.commit();
            return ownership;
        } finally {
            connection.rollback();
            connection.setAutoCommit(true);
        }
    }

    /** Claims what is still ours once more. */
    void renew(Connection connection) throws SQLException {
        connection.setAutoCommit(false);
        try (var statement = connection.createStatement();
                PreparedStatement raise = connection.prepareStatement(
                        "update resonate_owner set epoch = epoch + 1 where owner = ? returning epoch")) {
            statement.execute(ALONE);
            raise.setString(1, owner);
            try (ResultSet rows = raise.executeQuery()) {
                if (!rows.next() || count(connection, HELD) != Shards.COUNT) {
                    throw stale();
                }
                epoch = rows.getLong(1);
            }
            connection.commit();
        } finally {
            connection.rollback();
            connection.setAutoCommit(true);
        }
    }

    /** True while nobody else has taken a shard. */
    boolean held(Connection connection) throws SQLException {
        return count(connection, HELD) == Shards.COUNT;
    }

    private int count(Connection connection, String query) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement(query)) {
            select.setString(1, owner);
            try (ResultSet rows = select.executeQuery()) {
                rows.next();
                return rows.getInt(1);
            }
        }
    }

    String owner() {
        return owner;
    }

    /** Of all shards that are ours, as far as we know. */
    long epoch() {
        return epoch;
    }

    StaleOwnerException stale() {
        return new StaleOwnerException("promise store in " + database
                + ": another server has taken the promises over; this one no longer writes. Stop it, or stop the"
                + " other one and start this one again");
    }
}
