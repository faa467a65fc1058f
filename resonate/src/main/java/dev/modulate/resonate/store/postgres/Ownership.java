package dev.modulate.resonate.store.postgres;

import dev.modulate.resonate.store.Shards;
import dev.modulate.resonate.store.StaleOwnerException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;

/**
 * Which shards are ours. Whoever takes shards raises their epochs and the number of the last claim, in one transaction; every
 * commit names the number that it knows and holds the row until it is durable. So a commit is refused once anybody has
 * claimed anything since: a server that was paused or cut off meanwhile cannot write again.
 *
 * <p>We claim our own again when a commit's connection was lost: the lost statement, should it still run, then comes before
 * the next one or is refused. Used by the thread that commits; {@link #held} by any.
 */
final class Ownership {
    private final Object database;
    private final String owner;
    private long number;

    private Ownership(Object database, String owner) {
        this.database = database;
        this.owner = owner;
    }

    /** Takes every shard, whoever has it. */
    static Ownership claim(Connection connection, Object database) throws SQLException {
        String owner;
        try (var statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("select gen_random_uuid()::text")) {
            rows.next();
            owner = rows.getString(1);
        }
        var ownership = new Ownership(database, owner);
        int taken = ownership.claim(connection, "update resonate_shard set epoch = epoch + 1, owner = ?", Shards.COUNT);
        if (taken != Shards.COUNT) {
            throw new SQLException("resonate_shard has " + taken + " rows (expected: " + Shards.COUNT + ")", "XX001");
        }
        return ownership;
    }

    /** Claims what is still ours once more. */
    void renew(Connection connection) throws SQLException {
        int ours = claim(connection, "update resonate_shard set epoch = epoch + 1 where owner = ?", Shards.COUNT);
        if (ours != Shards.COUNT) {
            throw stale();
        }
    }

    /**
     * Claims are made one after the other: the first row that each locks is the same.
     *
     * @param expected shards without which nothing is claimed
     * @return shards that the update found
     */
    private int claim(Connection connection, String update, int expected) throws SQLException {
        connection.setAutoCommit(false);
        try (var statement = connection.createStatement();
                PreparedStatement shards = connection.prepareStatement(update)) {
            long claimed;
            try (ResultSet rows =
                    statement.executeQuery("update resonate_claim set number = number + 1 returning number")) {
                rows.next();
                claimed = rows.getLong(1);
            }
            shards.setString(1, owner);
            int found = shards.executeUpdate();
            if (found == expected) {
                connection.commit();
                number = claimed;
            }
            return found;
        } finally {
            connection.rollback();
            connection.setAutoCommit(true);
        }
    }

    /** True while nobody else has taken a shard. */
    boolean held(Connection connection) throws SQLException {
        try (PreparedStatement select =
                connection.prepareStatement("select count(*) from resonate_shard where owner = ?")) {
            select.setString(1, owner);
            try (ResultSet rows = select.executeQuery()) {
                return rows.next() && rows.getInt(1) == Shards.COUNT;
            }
        }
    }

    /** Of the last claim that we know. */
    long number() {
        return number;
    }

    StaleOwnerException stale() {
        return new StaleOwnerException("promise store in " + database
                + ": another server has taken the promises over; this one no longer writes. Stop it, or stop the"
                + " other one and start this one again");
    }
}
