package dev.modulate.resonate.store.postgres;

import static dev.modulate.resonate.store.Samples.changed;
import static dev.modulate.resonate.store.Samples.created;
import static dev.modulate.resonate.store.Samples.pending;
import static dev.modulate.resonate.store.Samples.settled;
import static dev.modulate.resonate.store.Samples.tasked;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.modulate.resonate.machine.Entry;
import dev.modulate.resonate.machine.Transition.Change;
import dev.modulate.resonate.store.PromiseStore.Tree;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class PendingIdsTest {
    private static final int STEPS = 200;
    private static final int IDS = 60;

    private final String location;
    private final Connection connection;
    private final PostgresStore store;

    PendingIdsTest() throws SQLException {
        location = Postgres.shared().database();
        connection = connect();
        store = PostgresStore.open(location, null);
    }

    private Connection connect() throws SQLException {
        return Postgres.shared().connect(location.substring(location.lastIndexOf('/') + 1));
    }

    @AfterEach
    void close() throws SQLException {
        store.close();
        connection.close();
    }

    @Test
    void whatIsStillPendingMovesAndWhatIsSettledIsDropped() throws SQLException {
        store.commit(List.of(created(pending("a")), created(pending("b")), created(settled(pending("c"), "v", 2_000))));
        var untouched = pending("B", "p", tasked("B").origin().tags());
        store.commit(List.of(created(untouched), changed(settled(pending("b"), "v", 2_000))));
        assertThat(recovered()).containsExactly("B", "a");

        new PendingIds().tidy(connection);

        assertThat(texts("select id from resonate_lasting order by id")).containsExactly("B", "a");
        assertThat(texts("select unnest(ids) from resonate_recent")).isEmpty();
        store.commit(List.of(changed(tasked("B")), changed(settled(pending("a"), "v", 2_000)), created(pending("d"))));
        assertThat(recovered()).containsExactly("B", "d");
        assertThat(store.find("B")).isEqualTo(tasked("B"));

        new PendingIds().tidy(connection);

        assertThat(texts("select id from resonate_lasting order by id")).containsExactly("B", "d");
        assertThat(recovered()).containsExactly("B", "d");
    }

    @Test
    void aServerTidiesWhatItFindsAtItsStart() {
        store.commit(List.of(created(pending("a"))));
        await().until(() -> texts("select id from resonate_lasting").equals(List.of("a")));
        assertThat(recovered()).containsExactly("a");
    }

    /** Promises come, settle, are removed and come again, while two servers tidy. */
    @Test
    void nothingPendingIsLostWhileListsAreTidied() throws Exception {
        long seed = Long.getLong("ids.seed", 20_261_126L);
        var random = new Random(seed);
        var open = new TreeSet<String>();
        var over = new TreeSet<String>();
        try (var one = connect();
                var other = connect();
                var threads = Executors.newFixedThreadPool(2)) {
            for (int step = 0; step < STEPS; step++) {
                var tidying = List.of(threads.submit(tidying(one)), threads.submit(tidying(other)));
                step(random, open, over);
                if (step % 10 == 0) {
                    assertThat(recovered()).as("seed %d, step %d", seed, step).containsExactlyElementsOf(open);
                }
                for (var tidied : tidying) {
                    tidied.get();
                }
            }
        }
        assertThat(recovered()).as("seed %d", seed).containsExactlyElementsOf(open);
    }

    private static Callable<Void> tidying(Connection own) {
        return () -> {
            new PendingIds().tidy(own);
            return null;
        };
    }

    private void step(Random random, Set<String> open, Set<String> over) {
        var changes = new ArrayList<Change>();
        for (int i = random.nextInt(5); i >= 0; i--) {
            String id = "p" + random.nextInt(IDS);
            if (open.remove(id)) {
                over.add(id);
                changes.add(changed(settled(pending(id), "v", 2_000)));
            } else if (!over.contains(id)) {
                open.add(id);
                changes.add(created(pending(id)));
            }
        }
        store.commit(changes);
        if (over.size() > IDS / 3) {
            store.remove(over.stream().map(id -> new Tree(id, List.of(id))).toList());
            over.clear();
        }
    }

    private List<String> recovered() {
        var ids = new ArrayList<String>();
        store.recover((Entry entry) -> ids.add(entry.id()));
        return ids;
    }

    private List<String> texts(String query) throws SQLException {
        try (var statement = connection.createStatement();
                var rows = statement.executeQuery(query)) {
            var texts = new ArrayList<String>();
            while (rows.next()) {
                texts.add(rows.getString(1));
            }
            return texts;
        }
    }
}
