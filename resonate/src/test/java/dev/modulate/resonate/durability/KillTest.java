package dev.modulate.resonate.durability;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.modulate.resonate.machine.Entry;
import dev.modulate.resonate.store.PromiseStore;
import dev.modulate.resonate.store.Stores;
import dev.modulate.resonate.store.postgres.Postgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Processes with 64 writers are killed: whatever they had answered, reads too, is there afterwards. */
class KillTest {
    private static final int ROUNDS = Integer.getInteger("durability.rounds", 5);
    private static final int RUN_MILLIS_MAX = 600;
    private static final int LARGE_CHARS = 32 << 10;

    private final long seed = Long.getLong("durability.seed", 20_261_126L);
    private final Random random = new Random(seed);
    private final Facts facts = new Facts();

    @TempDir
    private Path folder;

    @Test
    void rocksDbKeepsWhatWasAnsweredWhenTheProcessIsKilled() throws Exception {
        String location = "rocksdb:" + folder.resolve("store");
        for (int round = 0; round < ROUNDS; round++) {
            writeAndKill(location, round, 0, facts);
            check(location, round, facts);
        }
    }

    /** Values so large that the engine begins a log every fraction of a second, and removes old ones. */
    @Test
    void rocksDbKeepsWhatWasAnsweredWhenTheProcessIsKilledAsItsLogsTakeTurns() throws Exception {
        int logs = 0;
        for (int round = 0; round < ROUNDS; round++) {
            // A store of its own, since all of it is read into memory.
            var store = folder.resolve("store-" + round);
            var large = new Facts();
            writeAndKill("rocksdb:" + store, round, LARGE_CHARS, large);
            logs = Math.max(logs, files(store, ".log"));
            for (int open = 0; open < 2; open++) {
                check("rocksdb:" + store, round, large);
            }
            delete(store);
        }
        assertThat(logs).as("logs beside each other").isGreaterThan(1);
    }

    private static void delete(Path folder) throws IOException {
        try (var files = Files.list(folder)) {
            for (var file : files.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(folder);
    }

    private static int files(Path folder, String ending) throws IOException {
        try (var files = Files.list(folder)) {
            return (int) files.filter(file -> file.toString().endsWith(ending)).count();
        }
    }

    @Test
    void postgreSqlKeepsWhatWasAnsweredWhenTheServerOrTheDatabaseIsKilled() throws Exception {
        var data = folder.resolve("postgres");
        var postgres = Postgres.start(data);
        try {
            for (int round = 0; round < ROUNDS; round++) {
                boolean databaseToo = round % 3 == 1;
                String location = postgres.location("postgres");
                try (var writing = new Writing(location, "r" + round, facts)) {
                    run();
                    if (databaseToo) {
                        postgres.kill();
                        // The writers go on a while without it.
                        run();
                    }
                    writing.kill();
                }
                if (databaseToo) {
                    postgres = Postgres.start(data);
                }
                check(postgres.location("postgres"), round, facts);
            }
        } finally {
            postgres.close();
        }
    }

    @Test
    void aPausedOldOwnerWritesNothingOnceAnotherHasTakenOver() throws Exception {
        String location = Postgres.shared().database();
        try (var old = new Writing(location, "old", facts)) {
            old.signal("STOP");
            try (var young = Stores.open(location, null)) {
                var before = entries(young);
                old.signal("CONT");
                await().until(() -> old.others.contains(Writers.STALE));
                old.kill();
                assertThat(entries(young)).isEqualTo(before);
                facts.check(young);
            }
        }
    }

    private void writeAndKill(String location, int round, int filler, Facts facts) throws Exception {
        try (var writing = new Writing(location, "r" + round, filler, facts)) {
            run();
            writing.kill();
            // A torn fact is none. What a JVM says about its options or its machine is no failure.
            assertThat(writing.others).noneMatch(line -> line.startsWith("FAILED") || line.contains("Exception"));
        }
    }

    /** The moment of the kill is what chance decides here, so there is no condition to await. */
    private void run() {
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(random.nextInt(RUN_MILLIS_MAX)));
    }

    private void check(String location, int round, Facts facts) {
        try (var store = Stores.open(location, null)) {
            facts.check(store);
        }
        System.out.println("seed " + seed + " round " + round + ": " + facts.size() + " promises answered, all there");
    }

    private static Map<String, Entry> entries(PromiseStore store) {
        var entries = new TreeMap<String, Entry>();
        try (var scan = store.scan(null, false)) {
            for (var entry = scan.next(); entry != null; entry = scan.next()) {
                entries.put(entry.id(), entry);
            }
        }
        return entries;
    }
}
