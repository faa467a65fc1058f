package dev.modulate.resonate.store.postgres;

import dev.modulate.resonate.machine.Entry;
import dev.modulate.resonate.machine.Transition.Change;
import dev.modulate.resonate.protocol.Schedule;
import dev.modulate.resonate.store.PromiseStore;
import dev.modulate.resonate.store.ScheduleCodec;
import dev.modulate.resonate.store.StaleOwnerException;
import dev.modulate.resonate.store.StoreException;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Promises in PostgreSQL. Opening it takes them over from whoever had them, whose commits are refused from then on.
 *
 * <p>A thread watches the database: while it does not answer, or once another server has taken the promises,
 * {@link #available} says so and every method fails at once. The same thread keeps the lists of what is pending short.
 * Another reads the ids of before, so that new ones are {@link KnownIds known} to be new.
 */
public final class PostgresStore implements PromiseStore {
    private static final long WATCH_MILLIS = 1_000;

    private static final Logger LOG = LoggerFactory.getLogger(PostgresStore.class);

    private final Connector connector;
    private final Readers readers;
    private final Ownership ownership;
    private final Writer writer;
    private final PendingIds pendingIds = new PendingIds();
    private final KnownIds knownIds = new KnownIds();
    private final CountDownLatch closing = new CountDownLatch(1);
    private final Thread watch =
            Thread.ofVirtual().name("resonate-postgres-watch").unstarted(this::watch);

    private volatile boolean down;
    private volatile boolean stale;

    private PostgresStore(Connector connector) throws SQLException {
        this.connector = connector;
        this.readers = new Readers(connector);
        try (var connection = connector.connect()) {
            refuseVolatile(connection);
            Schema.prepare(connection);
            this.ownership = Ownership.claim(connection, connector);
        }
        this.writer = new Writer(connector, ownership, closing);
        watch.start();
        Thread.ofVirtual().name("resonate-postgres-ids").start(() -> knownIds.read(readers, closing));
    }

    /**
     * Opens the store and takes every shard.
     *
     * @param location {@code postgresql://[user[:password]@]host[:port]/database[?parameters]}
     */
    public static PostgresStore open(String location, @Nullable String password) {
        var connector = new Connector(location, password);
        try {
            return new PostgresStore(connector);
        } catch (SQLException e) {
            throw Failures.failed("open", connector, e);
        }
    }

    private static void refuseVolatile(java.sql.Connection connection) throws SQLException {
        try (var statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("select current_setting('fsync')")) {
            rows.next();
            if (!rows.getString(1).equals("on")) {
                throw new SQLException("the server runs with fsync=off and would lose promises; switch it on", "55000");
            }
        }
    }

    @Override
    public @Nullable Entry find(String id) {
        return findAll(List.of(id)).get(id);
    }

    @Override
    public boolean mayHave(String id) {
        return knownIds.mayHave(id);
    }

    @Override
    public Map<String, Entry> findAll(Collection<String> ids) {
        refuseUnavailable();
        var asked = ids.stream().filter(knownIds::mayHave).toArray(String[]::new);
        if (asked.length == 0) {
            return Map.of();
        }
        try {
            return readers.read(connection -> {
                try (var select = connection.prepareStatement(PostgresScan.ENTRIES + "where p.id = any(?)")) {
                    select.setArray(1, connection.createArrayOf("text", asked));
                    var found = new HashMap<String, Entry>();
                    try (ResultSet rows = select.executeQuery()) {
                        while (rows.next()) {
                            var entry = PostgresScan.entry(rows);
                            found.put(entry.id(), entry);
                        }
                    }
                    return found;
                }
            });
        } catch (SQLException e) {
            throw failed("read", e);
        }
    }

    @Override
    public void commit(List<Change> changes) {
        var rows = new Rows(changes);
        if (!rows.isEmpty()) {
            knownIds.sending(rows.born);
            write("commit", (commit, again) -> commit.put(rows, again));
            knownIds.sent();
            pendingIds.listed(rows.pending.size());
        }
    }

    @Override
    public void remove(List<Tree> trees) {
        var ids = trees.stream().flatMap(tree -> tree.members().stream()).toList();
        write("removal", (commit, again) -> commit.remove(ids));
    }

    private void write(String what, Writer.Writing writing) {
        if (stale) {
            throw ownership.stale();
        }
        owned(what, () -> writer.write(writing));
    }

    private interface Owned {
        void run() throws SQLException;
    }

    private void owned(String what, Owned work) {
        try {
            work.run();
        } catch (SQLException e) {
            if (Failures.thereAlready(e)) {
                knownIds.doubt();
            }
            throw failed(what, e);
        } catch (StaleOwnerException e) {
            stale = true;
            throw e;
        }
    }

    @Override
    public void recover(Consumer<Entry> pending) {
        refuseUnavailable();
        owned("recovery", writer::settle);
        try (var scan = scan(null, true)) {
            for (var entry = scan.next(); entry != null; entry = scan.next()) {
                pending.accept(slim(entry));
            }
        }
    }

    @Override
    public List<Schedule> schedules() {
        refuseUnavailable();
        try {
            return readers.read(connection -> {
                try (var select = connection.prepareStatement("select id, record from resonate_schedule order by id");
                        ResultSet rows = select.executeQuery()) {
                    var all = new ArrayList<Schedule>();
                    while (rows.next()) {
                        all.add(ScheduleCodec.schedule(rows.getString(1), rows.getBytes(2)));
                    }
                    return all;
                }
            });
        } catch (SQLException e) {
            throw failed("read", e);
        }
    }

    @Override
    public void clear() {
        write("clearing", (commit, again) -> commit.clear());
        knownIds.clear();
    }

    @Override
    public Scan scan(@Nullable String after, boolean pendingOnly) {
        refuseUnavailable();
        return new PostgresScan(this, readers, after, pendingOnly);
    }

    @Override
    public Sweep sweep(@Nullable String after, long beforeMillis, int recordsMax) {
        refuseUnavailable();
        try {
            return readers.read(connection -> SettledTrees.sweep(connection, after, beforeMillis, recordsMax));
        } catch (SQLException e) {
            throw failed("sweep", e);
        }
    }

    @Override
    public Tree rest(Tree part) {
        refuseUnavailable();
        try {
            return readers.read(connection -> SettledTrees.some(connection, part.id()));
        } catch (SQLException e) {
            throw failed("sweep", e);
        }
    }

    @Override
    public boolean remote() {
        return true;
    }

    @Override
    public boolean available() {
        return !down && !stale && closing.getCount() > 0;
    }

    private void refuseUnavailable() {
        if (stale) {
            throw ownership.stale();
        }
        if (!available()) {
            throw new StoreException("promise store in " + connector + " does not answer", null);
        }
    }

    private void watch() {
        try {
            while (!closing.await(WATCH_MILLIS, TimeUnit.MILLISECONDS)) {
                look();
                if (available()) {
                    tidy();
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void look() {
        try {
            if (!readers.read(ownership::held)) {
                stale = true;
            }
            if (down) {
                LOG.atInfo().addKeyValue("database", connector).log("database answers again");
            }
            down = false;
        } catch (SQLException e) {
            failed("watch", e);
        }
    }

    private void tidy() {
        try {
            readers.read(connection -> {
                pendingIds.tidy(connection);
                return null;
            });
        } catch (SQLException e) {
            // Longer lists cost the next recovery time, and nothing else.
            var failed = failed("tidying", e);
            if (available()) {
                LOG.atWarn().setCause(failed).log("lists of pending promises have grown");
            }
        }
    }

    StoreException failed(String what, SQLException e) {
        if (Failures.connection(e) && !down && closing.getCount() > 0) {
            down = true;
            readers.drop();
            LOG.atError().addKeyValue("database", connector).setCause(e).log("database does not answer");
        }
        return Failures.failed(what, connector, e);
    }

    @Override
    public void close() {
        closing.countDown();
        watch.interrupt();
        readers.close();
        writer.drop();
    }
}
