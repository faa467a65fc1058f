package dev.modulate.registry.store;

import dev.modulate.registry.artifact.Artifact;
import dev.modulate.registry.catalog.CatalogAlias;
import dev.modulate.registry.catalog.CatalogEntry;
import dev.modulate.registry.catalog.CatalogFunction;
import dev.modulate.registry.catalog.CatalogVersion;
import dev.modulate.registry.catalog.FunctionName;
import dev.modulate.registry.catalog.Outcome;
import dev.modulate.registry.proto.SpecProto;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeSet;
import org.flywaydb.core.Flyway;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jspecify.annotations.Nullable;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteDataSource;

/** One SQLite file, synced at every commit and locked against a second registry. */
public final class SqliteCatalogStore implements CatalogStore {
    /** Changes that are remembered for watchers that come back. */
    static final int CHANGES_MAX = 10_000;

    private static final String MIGRATIONS = "classpath:dev/modulate/registry/store";
    private static final String FUNCTION_COLUMNS =
            "SELECT f.id, f.version, f.create_time_millis, f.revision, v.spec, v.create_time_millis AS update_time_millis"
                    + " FROM function f JOIN version v ON v.tenant = f.tenant AND v.id = f.id AND v.number = f.version"
                    + " WHERE f.deleted = 0 AND f.tenant = :tenant AND ";

    private final Path file;
    private final int changesMax;
    private final InstantSource clock;
    private @Nullable Handle handle;
    private long revision;

    /** @param clock gives the first revision of a new catalogue */
    public SqliteCatalogStore(Path file, InstantSource clock) {
        this(file, CHANGES_MAX, clock);
    }

    SqliteCatalogStore(Path file, int changesMax, InstantSource clock) {
        this.file = file;
        this.changesMax = changesMax;
        this.clock = clock;
    }

    @Override
    public void open() {
        try {
            Files.createDirectories(file.toAbsolutePath().getParent());
            migrate();
            handle = Jdbi.create(source(SQLiteConfig.LockingMode.EXCLUSIVE)).open();
            revision = firstOrLastRevision();
        } catch (IOException | RuntimeException e) {
            close();
            throw new IllegalStateException("cannot open " + file + "; a folder has one registry at a time", e);
        }
    }

    private void migrate() {
        Flyway.configure()
                .dataSource(source(SQLiteConfig.LockingMode.NORMAL))
                .locations(MIGRATIONS)
                .load()
                .migrate();
    }

    /** Its write takes the lock. */
    private long firstOrLastRevision() {
        db().createUpdate("INSERT INTO catalogue (one, revision) VALUES (1, :revision) ON CONFLICT DO NOTHING")
                .bind("revision", clock.millis())
                .execute();
        return db().createQuery("SELECT revision FROM catalogue")
                .mapTo(Long.class)
                .one();
    }

    private SQLiteDataSource source(SQLiteConfig.LockingMode lockingMode) {
        var config = new SQLiteConfig();
        config.setJournalMode(SQLiteConfig.JournalMode.WAL);
        config.setSynchronous(SQLiteConfig.SynchronousMode.FULL);
        config.setLockingMode(lockingMode);
        var source = new SQLiteDataSource(config);
        source.setUrl("jdbc:sqlite:" + file);
        return source;
    }

    @Override
    public long revision() {
        return revision;
    }

    @Override
    public Optional<CatalogFunction> function(FunctionName name) {
        return db().createQuery(FUNCTION_COLUMNS + "f.id = :id")
                .bind("tenant", name.tenant())
                .bind("id", name.id())
                .map((row, context) -> readFunction(name.tenant(), row))
                .findOne();
    }

    @Override
    public List<CatalogFunction> functions(String tenant, String afterId, int max) {
        return db().createQuery(FUNCTION_COLUMNS + "f.id > :after ORDER BY f.id LIMIT :max")
                .bind("tenant", tenant)
                .bind("after", afterId)
                .bind("max", max)
                .map((row, context) -> readFunction(tenant, row))
                .list();
    }

    @Override
    public List<FunctionName> names() {
        return db().createQuery("SELECT tenant, id FROM function WHERE deleted = 0 ORDER BY tenant, id")
                .map((row, context) -> new FunctionName(row.getString("tenant"), row.getString("id")))
                .list();
    }

    @Override
    public long functionCount() {
        return db().createQuery("SELECT count(*) FROM function WHERE deleted = 0")
                .mapTo(Long.class)
                .one();
    }

    @Override
    public Optional<CatalogVersion> version(FunctionName name, long number) {
        return versionsAt(name, number, 1).stream()
                .filter(version -> version.number() == number)
                .findFirst();
    }

    @Override
    public List<CatalogVersion> versions(FunctionName name, long below, int max) {
        return versionsAt(name, below - 1, max);
    }

    private List<CatalogVersion> versionsAt(FunctionName name, long most, int max) {
        return db().createQuery("SELECT number, spec, create_time_millis FROM version"
                        + " WHERE tenant = :tenant AND id = :id AND number <= :most ORDER BY number DESC LIMIT :max")
                .bind("tenant", name.tenant())
                .bind("id", name.id())
                .bind("most", most)
                .bind("max", max)
                .map((row, context) -> new CatalogVersion(
                        name,
                        row.getLong("number"),
                        SpecProto.decode(row.getBytes("spec")),
                        Instant.ofEpochMilli(row.getLong("create_time_millis"))))
                .list();
    }

    @Override
    public long lastVersion(FunctionName name) {
        return db().createQuery("SELECT version FROM function WHERE tenant = :tenant AND id = :id")
                .bind("tenant", name.tenant())
                .bind("id", name.id())
                .mapTo(Long.class)
                .findOne()
                .orElse(0L);
    }

    @Override
    public Optional<CatalogEntry> entry(FunctionName name) {
        return function(name).map(function -> {
            var numbers = new TreeSet<Long>(Comparator.reverseOrder());
            numbers.add(function.version());
            for (var alias : function.aliases()) {
                alias.shares().forEach(share -> numbers.add(share.version()));
            }
            return new CatalogEntry(
                    function,
                    numbers.stream()
                            .map(number -> version(name, number).orElseThrow())
                            .toList());
        });
    }

    private CatalogFunction readFunction(String tenant, ResultSet row) throws SQLException {
        var name = new FunctionName(tenant, row.getString("id"));
        return new CatalogFunction(
                name,
                row.getLong("version"),
                SpecProto.decode(row.getBytes("spec")),
                aliases(name),
                Instant.ofEpochMilli(row.getLong("create_time_millis")),
                Instant.ofEpochMilli(row.getLong("update_time_millis")),
                row.getLong("revision"));
    }

    private List<CatalogAlias> aliases(FunctionName name) {
        record Row(String alias, CatalogAlias.Share share) {}
        var shares = new LinkedHashMap<String, List<CatalogAlias.Share>>();
        db().createQuery("SELECT alias, version, percent FROM alias_share"
                        + " WHERE tenant = :tenant AND id = :id ORDER BY alias, position")
                .bind("tenant", name.tenant())
                .bind("id", name.id())
                .map((row, context) -> new Row(
                        row.getString("alias"), new CatalogAlias.Share(row.getLong("version"), row.getLong("percent"))))
                .forEach(row -> shares.computeIfAbsent(row.alias(), alias -> new java.util.ArrayList<>())
                        .add(row.share()));
        return shares.entrySet().stream()
                .map(alias -> new CatalogAlias(alias.getKey(), alias.getValue()))
                .toList();
    }

    @Override
    public void write(Outcome.Written change) {
        var function = change.function();
        commit(function.name(), function.revision(), () -> {
            writeFunction(function);
            if (change.added() != null) {
                writeVersion(change.added());
            }
            writeAliases(function.name(), function.aliases());
        });
    }

    @Override
    public void remove(Outcome.Removed change) {
        var name = change.name();
        commit(name, change.revision(), () -> {
            update(
                    "UPDATE function SET deleted = 1, revision = ? WHERE tenant = ? AND id = ?",
                    change.revision(),
                    name);
            update("DELETE FROM version WHERE tenant = ? AND id = ?", name);
            writeAliases(name, List.of());
        });
    }

    private void commit(FunctionName name, long next, Runnable writes) {
        if (next != revision + 1) {
            throw new IllegalStateException("revision: " + next + " (expected: " + (revision + 1) + ")");
        }
        db().useTransaction(transaction -> {
            writes.run();
            update("INSERT INTO change (revision, tenant, id) VALUES (?, ?, ?)", next, name);
            transaction.execute("DELETE FROM change WHERE revision <= ?", next - changesMax);
            transaction.execute("UPDATE catalogue SET revision = ?", next);
        });
        revision = next;
    }

    private void writeFunction(CatalogFunction function) {
        db().createUpdate(
                        "INSERT INTO function (tenant, id, version, create_time_millis, revision, deleted)"
                                + " VALUES (:tenant, :id, :version, :created, :revision, 0)"
                                + " ON CONFLICT (tenant, id) DO UPDATE SET version = excluded.version,"
                                + " create_time_millis = excluded.create_time_millis, revision = excluded.revision, deleted = 0")
                .bind("tenant", function.name().tenant())
                .bind("id", function.name().id())
                .bind("version", function.version())
                .bind("created", function.createTime().toEpochMilli())
                .bind("revision", function.revision())
                .execute();
    }

    private void writeVersion(CatalogVersion version) {
        db().createUpdate("INSERT INTO version (tenant, id, number, spec, create_time_millis)"
                        + " VALUES (:tenant, :id, :number, :spec, :created)")
                .bind("tenant", version.function().tenant())
                .bind("id", version.function().id())
                .bind("number", version.number())
                .bind("spec", SpecProto.encode(version.spec()))
                .bind("created", version.createTime().toEpochMilli())
                .execute();
    }

    private void writeAliases(FunctionName name, List<CatalogAlias> aliases) {
        update("DELETE FROM alias_share WHERE tenant = ? AND id = ?", name);
        for (var alias : aliases) {
            for (int i = 0; i < alias.shares().size(); i++) {
                var share = alias.shares().get(i);
                db().execute(
                                "INSERT INTO alias_share (tenant, id, alias, position, version, percent)"
                                        + " VALUES (?, ?, ?, ?, ?, ?)",
                                name.tenant(),
                                name.id(),
                                alias.id(),
                                i,
                                share.version(),
                                share.percent());
            }
        }
    }

    private void update(String sql, FunctionName name) {
        db().execute(sql, name.tenant(), name.id());
    }

    private void update(String sql, long first, FunctionName name) {
        db().execute(sql, first, name.tenant(), name.id());
    }

    @Override
    public Changes changesSince(long since) {
        long oldest = db().createQuery("SELECT coalesce(min(revision), :next) FROM change")
                .bind("next", revision + 1)
                .mapTo(Long.class)
                .one();
        if (since < oldest - 1 || since > revision) {
            return new Changes.Forgotten();
        }
        return new Changes.Known(db().createQuery("SELECT max(revision) AS latest, tenant, id FROM change"
                        + " WHERE revision > :since GROUP BY tenant, id ORDER BY latest")
                .bind("since", since)
                .map((row, context) -> new Change(
                        new FunctionName(row.getString("tenant"), row.getString("id")), row.getLong("latest")))
                .list());
    }

    @Override
    public Optional<Artifact> artifact(String sha256) {
        return db().createQuery("SELECT size_bytes, format FROM artifact WHERE sha256 = :sha256")
                .bind("sha256", sha256)
                .map((row, context) -> new Artifact(
                        sha256, row.getLong("size_bytes"), Artifact.Format.valueOf(row.getString("format"))))
                .findOne();
    }

    @Override
    public void putArtifact(Artifact artifact) {
        db().execute(
                        "INSERT INTO artifact (sha256, size_bytes, format) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
                        artifact.sha256(),
                        artifact.sizeBytes(),
                        artifact.format().name());
    }

    private Handle db() {
        return Objects.requireNonNull(handle, "the store is not open");
    }

    @Override
    public void close() {
        if (handle != null) {
            handle.close();
            handle = null;
        }
    }
}
