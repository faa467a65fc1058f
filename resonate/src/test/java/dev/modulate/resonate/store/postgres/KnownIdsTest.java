package dev.modulate.resonate.store.postgres;

import static dev.modulate.resonate.store.Samples.changed;
import static dev.modulate.resonate.store.Samples.created;
import static dev.modulate.resonate.store.Samples.pending;
import static dev.modulate.resonate.store.Samples.settled;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.modulate.resonate.lane.PromiseLane;
import dev.modulate.resonate.machine.Entry;
import dev.modulate.resonate.machine.Machine;
import dev.modulate.resonate.machine.Rules;
import dev.modulate.resonate.machine.Transition.Change;
import dev.modulate.resonate.protocol.Reply;
import dev.modulate.resonate.protocol.Request;
import dev.modulate.resonate.store.PromiseStore.Tree;
import dev.modulate.resonate.store.StoreException;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class KnownIdsTest {
    private static final Duration WAIT_MAX = Duration.ofSeconds(60);
    private static final int PAGES = 3;
    private static final int IDS = 25_000;
    private static final int STEPS = 400;
    private static final int NAMES = 40;

    private final String location;

    KnownIdsTest() throws SQLException {
        location = Postgres.shared().database();
    }

    private PostgresStore open() {
        return PostgresStore.open(location, null);
    }

    private Connection connect() throws SQLException {
        return Postgres.shared().connect(location.substring(location.lastIndexOf('/') + 1));
    }

    private void fill() throws SQLException {
        try (var connection = connect();
                var statement = connection.createStatement()) {
            Schema.prepare(connection);
            statement.execute(
                    "insert into resonate_promise select 'p' || n, 1, 'p' || n, '', '' from generate_series(1, " + IDS
                            + ") as n");
        }
    }

    @Test
    void anyIdMayBeThereUntilAllAreRead() throws SQLException {
        fill();
        var known = new KnownIds();
        try (var connection = connect()) {
            for (int page = 1; page < PAGES; page++) {
                assertThat(known.read(connection)).isTrue();
                assertThat(known.mayHave("absent")).isTrue();
            }
            assertThat(known.read(connection)).isFalse();
        }
        assertThat(IntStream.rangeClosed(1, IDS)).allMatch(n -> known.mayHave("p" + n));
        assertThat(IntStream.range(0, IDS)).noneMatch(n -> known.mayHave("absent" + n));
        known.sending(List.of(pending("absent")));
        assertThat(known.mayHave("absent")).isTrue();

        known.clear();

        assertThat(known.mayHave("p1")).isFalse();
        assertThat(known.mayHave("absent")).isFalse();
    }

    /** Else a server that runs for long would ask for every id in the end. */
    @Test
    void whatWasRemovedIsForgottenAfterManyNewIds() throws SQLException {
        fill();
        var known = new KnownIds(2);
        try (var connection = connect();
                var statement = connection.createStatement()) {
            known.sending(List.of(pending("early")));
            known.sent();
            readAll(known, connection);
            assertThat(known.mayHave("early")).isTrue();
            statement.execute("delete from resonate_promise where id < 'p8'");
            known.sending(List.of(pending("refused")));
            known.sent();
            known.sending(List.of(pending("while-read")));
            assertThat(known.mayHave("p1")).isTrue();

            readAll(known, connection);

            assertThat(known.mayHave("p1")).isFalse();
            assertThat(known.mayHave("refused")).isFalse();
            assertThat(List.of("p8", "p9999", "while-read")).allMatch(known::mayHave);
        }
    }

    @Test
    void inDoubtAnyIdMayBeThereUntilAllAreReadAgain() throws SQLException {
        fill();
        var known = new KnownIds();
        try (var connection = connect()) {
            readAll(known, connection);
            assertThat(known.mayHave("absent")).isFalse();

            known.doubt();

            assertThat(known.mayHave("absent")).isTrue();
            readAll(known, connection);
            assertThat(known.mayHave("absent")).isFalse();
            assertThat(IntStream.rangeClosed(1, IDS)).allMatch(n -> known.mayHave("p" + n));
        }
    }

    /** The page that makes the filter whole is on its way when somebody doubts it. */
    @Test
    void whatIsDoubtedAsItBecomesWholeIsReadAgain() throws SQLException {
        fill();
        var known = new KnownIds();
        try (var connection = connect()) {
            for (int page = 1; page < PAGES; page++) {
                assertThat(known.read(connection)).isTrue();
            }

            assertThat(known.read(doubted(connection, known))).isTrue();

            assertThat(known.mayHave("absent")).isTrue();
            readAll(known, connection);
            assertThat(known.mayHave("absent")).isFalse();
            assertThat(IntStream.rangeClosed(1, IDS)).allMatch(n -> known.mayHave("p" + n));
        }
    }

    /** The connection, on which the next statement comes with a doubt. */
    private static Connection doubted(Connection connection, KnownIds known) {
        return (Connection) Proxy.newProxyInstance(
                KnownIdsTest.class.getClassLoader(), new Class<?>[] {Connection.class}, (proxy, method, arguments) -> {
                    known.doubt();
                    return method.invoke(connection, arguments);
                });
    }

    private static void readAll(KnownIds known, Connection connection) throws SQLException {
        boolean more = true;
        while (more) {
            more = known.read(connection);
        }
    }

    /** As its documentation says, with ids that count up. */
    @Test
    void fewNewIdsLookKnownAmongMillions() {
        var filter = new IdFilter();
        var percent = new ArrayList<Double>();
        int id = 0;
        for (int millions : List.of(8, 16)) {
            for (; id < millions * 1_000_000; id++) {
                filter.add("call-" + id);
            }
            percent.add(IntStream.range(0, 100_000)
                            .filter(n -> filter.mayHave("new-" + n))
                            .count()
                    / 1_000.0);
        }
        assertThat(percent.get(0)).isBetween(0.1, 0.6);
        assertThat(percent.get(1)).isBetween(1.0, 4.0);
    }

    @Test
    void whatIsThereIsFoundWhileIdsAreReadAndByANewOwner() throws SQLException {
        try (var old = open()) {
            for (int batch = 0; batch < 10; batch++) {
                int first = batch * 3_000;
                old.commit(IntStream.range(first, first + 3_000)
                        .mapToObj(n -> created(pending("p" + n)))
                        .toList());
            }
            try (var young = open()) {
                // The last one in the order in which ids are read.
                assertThat(young.find("p9999")).isEqualTo(pending("p9999"));
                assertThat(young.find("absent")).isNull();
                young.commit(List.of(created(pending("young"))));
                assertThat(young.find("young")).isEqualTo(pending("young"));

                await().atMost(WAIT_MAX).until(() -> !young.mayHave("absent"));

                assertThat(young.findAll(List.of("p9999", "absent", "p0", "young")))
                        .containsOnlyKeys("p9999", "p0", "young");
                assertThat(young.find("absent")).isNull();
            }
        }
    }

    @Test
    void aNewIdIsLookedForWithoutTheDatabase() throws Exception {
        try (var store = open();
                var lane = new PromiseLane(new Machine(Rules.DEFAULT), store, delivery -> {}, InstantSource.system());
                var other = connect();
                var statement = other.createStatement()) {
            lane.start();
            await().atMost(WAIT_MAX).until(() -> !store.mayHave("new"));
            other.setAutoCommit(false);
            statement.execute("lock table resonate_promise in access exclusive mode");

            assertThat(store.find("new")).isNull();
            assertThat(store.findAll(List.of("new", "newer"))).isEmpty();
            var reply = lane.submit(new Request.PromiseGet("new")).get(60, TimeUnit.SECONDS);
            assertThat(reply)
                    .isInstanceOfSatisfying(
                            Reply.Refused.class,
                            refused -> assertThat(refused.status()).isEqualTo(404));
            other.rollback();
        }
    }

    @Test
    void whatACommitWithoutAnAnswerWroteIsFound() throws IOException {
        int port = Integer.parseInt(location.replaceAll(".*:(\\d+)/.*", "$1"));
        try (var proxy = new LossyProxy(port);
                var store = PostgresStore.open(location.replace(":" + port, ":" + proxy.port()), null)) {
            store.commit(List.of(created(pending("first"))));
            await().atMost(WAIT_MAX).until(() -> !store.mayHave("lost"));
            proxy.loseAnswers();

            assertThatThrownBy(() -> store.commit(List.of(created(pending("lost")))))
                    .isInstanceOf(StoreException.class);
            assertThatThrownBy(() -> store.find("new")).isInstanceOf(StoreException.class);

            proxy.heal();
            await().atMost(WAIT_MAX).until(store::available);
            assertThat(store.find("lost")).isEqualTo(pending("lost"));
            assertThat(store.mayHave("new")).isFalse();
        }
    }

    /** Promises come, settle, are removed and come again; the store is emptied and opened again. */
    @Test
    void aFindIsRightWhateverHasHappened() {
        long seed = Long.getLong("ids.seed", 20_261_126L);
        var random = new Random(seed);
        var expected = new HashMap<String, Entry>();
        var store = open();
        for (int step = 0; step < STEPS; step++) {
            if (random.nextInt(30) == 0) {
                store.close();
                store = open();
            }
            if (random.nextInt(50) == 0) {
                store.clear();
                expected.clear();
            }
            step(random, store, expected);
            String id = "p" + random.nextInt(NAMES);
            assertThat(store.find(id)).as("seed %d, step %d", seed, step).isEqualTo(expected.get(id));
            assertThat(store.mayHave(id) || !expected.containsKey(id)).isTrue();
        }
        var all = IntStream.range(0, NAMES).mapToObj(n -> "p" + n).toList();
        assertThat(store.findAll(all)).as("seed %d", seed).isEqualTo(expected);
        store.close();
    }

    private static void step(Random random, PostgresStore store, Map<String, Entry> expected) {
        String id = "p" + random.nextInt(NAMES);
        var before = expected.get(id);
        if (before == null) {
            var entry = pending(id);
            expected.put(id, entry);
            store.commit(List.<Change>of(created(entry)));
        } else if (before.pending()) {
            var entry = settled(pending(id), "v", 2_000);
            expected.put(id, entry);
            store.commit(List.<Change>of(changed(entry)));
        } else {
            expected.remove(id);
            store.remove(List.of(new Tree(id, List.of(id))));
        }
    }
}
