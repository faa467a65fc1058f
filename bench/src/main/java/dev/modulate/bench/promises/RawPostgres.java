package dev.modulate.bench.promises;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;

/** PostgreSQL with one statement for each batch, which inserts one row for each record. */
final class RawPostgres implements BatchingWriter.Engine {
    private final Connection connection;

    RawPostgres(Connection connection) throws SQLException {
        this.connection = connection;
        try (var statement = connection.createStatement()) {
            statement.execute("create table raw (id text primary key, body bytea not null)");
        }
    }

    @Override
    public void commit(List<BatchingWriter.Put> puts) throws SQLException {
        try (var insert = connection.prepareStatement("insert into raw select * from unnest(?::text[], ?::bytea[])")) {
            insert.setArray(
                    1,
                    connection.createArrayOf(
                            "text", puts.stream().map(put -> put.id).toArray(String[]::new)));
            insert.setArray(
                    2,
                    connection.createArrayOf(
                            "bytea", puts.stream().map(put -> put.body).toArray(byte[][]::new)));
            insert.executeUpdate();
        }
    }

    @Override
    public void close() {
        try {
            connection.close();
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }
}
