package dev.modulate.resonate.store.postgres;

import static org.junit.jupiter.api.Assumptions.abort;

import dev.modulate.resonate.server.LowPort;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/** A real PostgreSQL of this machine with everything synced, as in production. One serves all tests of a process. */
public final class Postgres implements AutoCloseable {
    private static final AtomicInteger DATABASES = new AtomicInteger();

    private final Path folder;
    private final EmbeddedPostgres server;

    private Postgres(Path folder, EmbeddedPostgres server) {
        this.folder = folder;
        this.server = server;
    }

    private static final class Shared {
        static final Postgres SERVER = start();

        private static Postgres start() {
            try {
                // The package stops it when the process ends, and removes its folder.
                var folder = Files.createTempDirectory("modulate-postgres");
                return new Postgres(folder, builder(folder).start());
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        }
    }

    /** The one of this process; it is stopped when the process ends. */
    public static Postgres shared() {
        return Shared.SERVER;
    }

    /** Starts one on a folder, which may hold what another has left. */
    public static Postgres start(Path folder) throws IOException {
        return new Postgres(
                folder,
                builder(folder)
                        .setCleanDataDirectory(false)
                        .setPort(LowPort.free())
                        .start());
    }

    /** Starts it again after {@link #kill}, on its folder and port. */
    public Postgres restart() throws IOException {
        return new Postgres(
                folder,
                builder(folder)
                        .setCleanDataDirectory(false)
                        .setPort(server.getPort())
                        .start());
    }

    /** Skips the test where there are no binaries. */
    private static EmbeddedPostgres.Builder builder(Path folder) {
        if (!System.getProperty("os.arch").equals("amd64") && System.getenv("CI") == null) {
            abort("PostgreSQL: the binaries in the build are for amd64 only");
        }
        return EmbeddedPostgres.builder()
                .setDataDirectory(folder)
                // The package switches them off for speed.
                .setServerConfig("fsync", "on")
                .setServerConfig("synchronous_commit", "on")
                .setServerConfig("full_page_writes", "on");
    }

    /** Makes an empty database and says where it is. */
    public String database() throws SQLException {
        String name = "store_" + DATABASES.incrementAndGet();
        execute("create database " + name);
        return location(name);
    }

    public String location(String database) {
        return "postgresql://postgres@localhost:" + server.getPort() + "/" + database;
    }

    public void execute(String sql) throws SQLException {
        try (var connection = connect("postgres");
                var statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    public Connection connect(String database) throws SQLException {
        return DriverManager.getConnection(
                "jdbc:postgresql://localhost:" + server.getPort() + "/" + database, "postgres", "");
    }

    /** Kills the server as a crash of its machine would, but for its files. */
    public void kill() throws IOException {
        String pid = Files.readAllLines(folder.resolve("postmaster.pid")).getFirst();
        var postmaster = ProcessHandle.of(Long.parseLong(pid)).orElseThrow();
        var all = Stream.concat(Stream.of(postmaster), postmaster.descendants()).toList();
        all.forEach(ProcessHandle::destroyForcibly);
        all.forEach(process -> process.onExit().join());
        // Lets go of the folder; the package logs that there is nothing to stop, at once without this file.
        Files.deleteIfExists(folder.resolve("postmaster.pid"));
        close();
    }

    @Override
    public void close() {
        try {
            server.close();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
