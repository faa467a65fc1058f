package dev.modulate.resonate.store.postgres;

import dev.modulate.resonate.store.Shards;
import dev.modulate.resonate.store.StaleOwnerException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;

/**
 * Which shards are ours, and since which epoch. Every commit names the epoch of the shards it touches, and whoever takes
 * a shard raises its epoch: a server that was paused or cut off meanwhile cannot write again.
 *
 * <p>An own epoch is raised too when a commit's connection was lost: the lost statement, should it still run, then
 * comes before the next one or is refused. Used by the thread that commits; {@link #held} by any.
 */
final class Ownership {
    private final Object database;
    private final String owner;
    private final long[] epochs = new long[Shards.COUNT];

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
        int taken;
        try (PreparedStatement update = connection.prepareStatement(
                "update resonate_shard set epoch = epoch + 1, owner = ? returning shard, epoch")) {
            update.setString(1, owner);
            taken = ownership.note(update);
        }
        if (taken != Shards.COUNT) {
            throw new SQLException("resonate_shard has " + taken + " rows (expected: " + Shards.COUNT + ")", "XX001");
        }
        return ownership;
    }

    /** Raises the epochs of what is still ours. */
    void renew(Connection connection) throws SQLException {
        try (PreparedStatement update = connection.prepareStatement(
                "update resonate_shard set epoch = epoch + 1 where owner = ? returning shard, epoch")) {
            update.setString(1, owner);
            if (note(update) != Shards.COUNT) {
                throw stale();
            }
        }
    }

    private int note(PreparedStatement update) throws SQLException {
        int noted = 0;
        try (ResultSet rows = update.executeQuery()) {
            while (rows.next()) {
                epochs[rows.getInt(1)] = rows.getLong(2);
                noted++;
            }
        }
        return noted;
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

    long epoch(int shard) {
        return epochs[shard];
    }

    StaleOwnerException stale() {
        return new StaleOwnerException("promise store in " + database
                + ": another server has taken the promises over; this one no longer writes. Stop it, or stop the"
                + " other one and start this one again");
    }
}
