package dev.modulate.resonate.store.postgres;

import static dev.modulate.resonate.store.Samples.changed;
import static dev.modulate.resonate.store.Samples.created;
import static dev.modulate.resonate.store.Samples.pending;
import static dev.modulate.resonate.store.Samples.settled;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.modulate.resonate.store.PromiseStore;
import dev.modulate.resonate.store.PromiseStoreContract;
import dev.modulate.resonate.store.StaleOwnerException;
import dev.modulate.resonate.store.StoreException;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class PostgresStoreTest extends PromiseStoreContract {
    private static final Duration WAIT_MAX = Duration.ofSeconds(60);

    private final String location;

    PostgresStoreTest() throws SQLException {
        location = Postgres.shared().database();
    }

    @BeforeEach
    void theDatabaseSyncs() throws SQLException {
        String database = location.substring(location.lastIndexOf('/') + 1);
        try (var connection = Postgres.shared().connect(database);
                var statement = connection.createStatement();
                var rows = statement.executeQuery(
                        "select current_setting('fsync') || ',' || current_setting('synchronous_commit')")) {
            rows.next();
            assertThat(rows.getString(1)).isEqualTo("on,on");
        }
    }

    @Override
    protected PromiseStore open() {
        return PostgresStore.open(location, null);
    }

    @Test
    void theOlderOfTwoOwnersIsRefusedAndStopsServing() {
        try (var old = open()) {
            old.commit(List.of(created(pending("mine"))));
            try (var young = open()) {
                assertThatThrownBy(() -> old.commit(List.of(changed(settled(pending("mine"), "old", 2_000)))))
                        .isInstanceOf(StaleOwnerException.class)
                        .hasMessageContaining("another server has taken the promises over");
                assertThat(old.available()).isFalse();
                assertThatThrownBy(() -> old.remove(List.of(new PromiseStore.Tree("mine", List.of("mine")))))
                        .isInstanceOf(StaleOwnerException.class);
                assertThatThrownBy(() -> old.find("mine")).isInstanceOf(StaleOwnerException.class);

                young.commit(List.of(changed(settled(pending("mine"), "young", 3_000))));
                assertThat(young.find("mine")).isEqualTo(settled(pending("mine"), "young", 3_000));
            }
        }
    }

    /** The check and the write are one: what was checked before a claim is not written after it. */
    @Test
    void aCommitWaitsForAClaimInProgressAndIsRefusedByItsOutcome() throws Exception {
        String database = location.substring(location.lastIndexOf('/') + 1);
        try (var old = open();
                var claim = Postgres.shared().connect(database);
                var watch = Postgres.shared().connect(database)) {
            old.commit(List.of(created(pending("first"))));
            claim.setAutoCommit(false);
            claim.createStatement().execute("update resonate_owner set epoch = epoch + 1");
            var commit = CompletableFuture.runAsync(() -> old.commit(List.of(created(pending("late")))));
            await().until(() -> waitsForALock(watch));

            claim.commit();

            assertThatThrownBy(commit::join).hasCauseInstanceOf(StaleOwnerException.class);
            try (var young = open()) {
                assertThat(young.find("late")).isNull();
            }
        }
    }

    private static boolean waitsForALock(Connection connection) throws SQLException {
        return waiting(connection) == 1;
    }

    private static int waiting(Connection connection) throws SQLException {
        try (var statement = connection.createStatement();
                var rows = statement.executeQuery("select count(*) from pg_stat_activity"
                        + " where wait_event_type = 'Lock' and query like '%resonate_owner%'")) {
            rows.next();
            return rows.getInt(1);
        }
    }

    @Test
    void whatIsDurableIsNotWrittenOverByWhatShouldBeNew() {
        try (var store = open()) {
            store.commit(List.of(created(pending("twice"))));
            assertThatThrownBy(() -> store.commit(
                            List.of(created(pending("other")), created(settled(pending("twice"), "v", 2_000)))))
                    .isInstanceOf(StoreException.class)
                    .hasMessageContaining("Key (id)=(twice) already exists");
            assertThat(store.find("twice")).isEqualTo(pending("twice"));
            assertThat(store.find("other")).isNull();

            store.commit(List.of(changed(settled(pending("twice"), "v", 2_000))));
            assertThatThrownBy(() -> store.commit(List.of(changed(settled(pending("twice"), "w", 3_000)))))
                    .isInstanceOf(StoreException.class);
            assertThat(store.find("twice")).isEqualTo(settled(pending("twice"), "v", 2_000));
            assertThat(store.available()).isTrue();
            store.commit(List.of(created(pending("other"))));
            assertThat(store.find("other")).isEqualTo(pending("other"));
        }
    }

    /** What was read would otherwise lack what lands a moment later. */
    @Test
    void recoveryWaitsForACommitWhoseOutcomeNobodyKnows() throws Exception {
        int port = Integer.parseInt(location.replaceAll(".*:(\\d+)/.*", "$1"));
        String database = location.substring(location.lastIndexOf('/') + 1);
        try (var proxy = new LossyProxy(port);
                var store = PostgresStore.open(location.replace(":" + port, ":" + proxy.port()), null);
                var blocker = Postgres.shared().connect(database);
                var watch = Postgres.shared().connect(database)) {
            store.commit(List.of(created(pending("first"))));
            blocker.setAutoCommit(false);
            blocker.createStatement().execute("update resonate_owner set epoch = epoch");
            var commit = CompletableFuture.runAsync(() -> store.commit(List.of(created(pending("late")))));
            await().atMost(WAIT_MAX).until(() -> waitsForALock(watch));
            proxy.cut();
            assertThatThrownBy(commit::join).hasCauseInstanceOf(StoreException.class);
            proxy.heal();
            await().atMost(WAIT_MAX).until(store::available);

            var recovered = ConcurrentHashMap.<String>newKeySet();
            var recovery = CompletableFuture.runAsync(() -> store.recover(entry -> recovered.add(entry.id())));
            await().atMost(WAIT_MAX).until(() -> recovery.isDone() || waiting(watch) > 1);
            blocker.commit();
            recovery.join();
            await().atMost(WAIT_MAX).until(() -> waiting(watch) == 0);

            assertThat(recovered.contains("late")).isEqualTo(store.find("late") != null);
            assertThat(recovered).contains("first");
        }
    }

    @Test
    void anOldOwnerWithNothingToWriteFindsOutToo() {
        try (var old = open();
                var young = open()) {
            assertThat(young.available()).isTrue();
            await().until(() -> !old.available());
        }
    }

    @Test
    void aServerThatDoesNotSyncIsRefused() throws IOException {
        // As the package starts it by itself.
        try (var server = EmbeddedPostgres.builder().start()) {
            String place = "postgresql://postgres@localhost:" + server.getPort() + "/postgres";
            assertThatThrownBy(() -> PostgresStore.open(place, null))
                    .isInstanceOf(StoreException.class)
                    .hasMessageContaining("the server runs with fsync=off and would lose promises");
        }
    }

    @Test
    void aLostConnectionIsDialledAgainWithoutALostOrRefusedCommit() throws SQLException {
        try (var store = open()) {
            store.commit(List.of(created(pending("before"))));
            Postgres.shared()
                    .execute("select pg_terminate_backend(pid) from pg_stat_activity"
                            + " where application_name = 'modulate-resonate'");
            store.commit(List.of(created(pending("after"))));
            assertThat(store.find("before")).isEqualTo(pending("before"));
            assertThat(store.find("after")).isEqualTo(pending("after"));
        }
    }
}
