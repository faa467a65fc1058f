package dev.modulate.resonate.store.postgres;

import static dev.modulate.resonate.store.Samples.changed;
import static dev.modulate.resonate.store.Samples.child;
import static dev.modulate.resonate.store.Samples.created;
import static dev.modulate.resonate.store.Samples.pending;
import static dev.modulate.resonate.store.Samples.schedule;
import static dev.modulate.resonate.store.Samples.settled;
import static dev.modulate.resonate.store.Samples.tasked;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.modulate.resonate.machine.Entry;
import dev.modulate.resonate.store.PromiseStore.Tree;
import dev.modulate.resonate.store.RecordCodec;
import dev.modulate.resonate.store.ScheduleCodec;
import dev.modulate.resonate.store.Shards;
import dev.modulate.resonate.store.StoreException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Types;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class SchemaTest {
    /** The last layout with one table of promises, and an index on what is pending. */
    private static final int ONE_TABLE = 3;

    private final String location;
    private final Entry done = settled(pending("done"), "v", 2_000);
    private final Entry doneChild = settled(child("done.1", "done"), "v", 1_500);

    SchemaTest() throws SQLException {
        location = Postgres.shared().database();
    }

    @Test
    void whatAnOlderServerHasStoredIsServed() throws SQLException {
        writeAsOlderServer();
        try (var store = PostgresStore.open(location, null)) {
            assertThat(recovered(store)).containsExactly(pending("open"), child("open.1", "open"), tasked("task"));
            assertThat(store.find("done")).isEqualTo(done);
            assertThat(store.find("done.1")).isEqualTo(doneChild);
            assertThat(store.schedules()).containsExactly(schedule("s", 0L));

            store.commit(List.of(changed(settled(pending("open"), "w", 3_000)), created(pending("new"))));

            assertThat(store.find("open")).isEqualTo(settled(pending("open"), "w", 3_000));
            assertThat(recovered(store)).containsExactly(pending("new"), child("open.1", "open"), tasked("task"));
            var sweep = store.sweep(null, 5_000, 100);
            assertThat(sweep.trees()).containsExactly(new Tree("done", List.of("done", "done.1")));
            store.remove(sweep.trees());
            assertThat(store.find("done")).isNull();
        }
        try (var store = PostgresStore.open(location, null)) {
            assertThat(recovered(store)).containsExactly(pending("new"), child("open.1", "open"), tasked("task"));
        }
    }

    /** Its statement no longer finds the row that it must lock. */
    @Test
    void anOlderServerThatStillRunsWritesNoMore() throws SQLException {
        writeAsOlderServer();
        try (var older = connect();
                var statement = older.createStatement();
                var store = PostgresStore.open(location, null)) {
            assertThat(store.available()).isTrue();
            assertThatThrownBy(() -> statement.execute("select from resonate_claim where number = 0 for share"))
                    .hasMessageContaining("\"resonate_claim\" does not exist");
        }
    }

    @Test
    void tablesOfANewerServerAreRefused() throws SQLException {
        PostgresStore.open(location, null).close();
        try (var connection = connect();
                var statement = connection.createStatement()) {
            statement.execute("update resonate_schema set version = 99");
        }
        assertThatThrownBy(() -> PostgresStore.open(location, null))
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("version 99, made by a newer server");
    }

    private static List<Entry> recovered(PostgresStore store) {
        var entries = new ArrayList<Entry>();
        store.recover(entries::add);
        return entries;
    }

    private Connection connect() throws SQLException {
        return Postgres.shared().connect(location.substring(location.lastIndexOf('/') + 1));
    }

    private void writeAsOlderServer() throws SQLException {
        try (var connection = connect()) {
            Schema.prepare(connection, ONE_TABLE);
            for (var entry : List.of(pending("open"), child("open.1", "open"), tasked("task"), done, doneChild)) {
                insert(connection, entry);
            }
            try (var insert = connection.prepareStatement("insert into resonate_schedule values ('s', 1, ?)")) {
                insert.setBytes(1, ScheduleCodec.bytes(schedule("s", 0L)));
                insert.executeUpdate();
            }
        }
    }

    private static void insert(Connection connection, Entry entry) throws SQLException {
        try (var insert = connection.prepareStatement(
                "insert into resonate_promise (id, shard, tree, settled_at, origin, state) values (?, ?, ?, ?, ?, ?)")) {
            String tree = entry.origin().tree();
            insert.setString(1, entry.id());
            insert.setInt(2, Shards.of(tree));
            insert.setString(3, tree);
            insert.setObject(4, entry.settledAtMillis(), Types.BIGINT);
            insert.setBytes(5, RecordCodec.origin(entry.origin()));
            insert.setBytes(6, RecordCodec.state(entry));
            insert.executeUpdate();
        }
    }
}
