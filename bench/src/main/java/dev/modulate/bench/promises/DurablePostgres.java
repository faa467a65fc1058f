package dev.modulate.bench.promises;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;

/** A real PostgreSQL on loopback that syncs each commit, as in production; the package would switch that off. */
final class DurablePostgres implements AutoCloseable {
    private final EmbeddedPostgres server;

    DurablePostgres(Path folder) throws IOException, SQLException {
        server = EmbeddedPostgres.builder()
                .setDataDirectory(folder)
                .setServerConfig("fsync", "on")
                .setServerConfig("synchronous_commit", "on")
                .setServerConfig("full_page_writes", "on")
                .start();
        try (var connection = connect();
                var statement = connection.createStatement()) {
            for (String setting : new String[] {"fsync", "synchronous_commit", "full_page_writes"}) {
                try (var rows = statement.executeQuery("select current_setting('" + setting + "')")) {
                    rows.next();
                    if (!rows.getString(1).equals("on")) {
                        throw new IllegalStateException(setting + " is " + rows.getString(1));
                    }
                }
            }
        }
    }

    String location() {
        return "postgresql://postgres@localhost:" + server.getPort() + "/postgres";
    }

    Connection connect() throws SQLException {
        return DriverManager.getConnection(
                "jdbc:postgresql://localhost:" + server.getPort() + "/postgres", "postgres", "");
    }

    @Override
    public void close() throws IOException {
        server.close();
    }
}
