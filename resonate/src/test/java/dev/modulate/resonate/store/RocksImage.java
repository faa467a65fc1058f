package dev.modulate.resonate.store;

import static dev.modulate.resonate.store.Samples.changed;
import static dev.modulate.resonate.store.Samples.created;
import static dev.modulate.resonate.store.Samples.pending;
import static dev.modulate.resonate.store.Samples.settled;

import dev.modulate.resonate.machine.Entry;
import dev.modulate.resonate.machine.Transition.Change;
import dev.modulate.resonate.machine.Transition.PromisePut;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.random.RandomGenerator;

/**
 * The folder of a store as a killed process leaves it, and what was synced in it by which length of the log.
 *
 * @param synced length of the last log after each commit, and all entries then
 */
record RocksImage(Path folder, List<Synced> synced) {
    record Synced(long logBytes, Map<String, Entry> entries) {}

    /** Commits batches, each creating and settling, and copies the folder while the store is open. */
    static RocksImage make(Path folder, int batches, RandomGenerator random) throws IOException {
        var image = new RocksImage(folder.resolve("image"), new ArrayList<>());
        var entries = new TreeMap<String, Entry>();
        try (var store = RocksStore.open(folder.resolve("store"))) {
            store.recover(entry -> {});
            for (int i = 0; i < batches; i++) {
                var changes = batch(i, random);
                store.commit(changes);
                for (var change : changes) {
                    var entry = ((PromisePut) change).entry();
                    entries.put(entry.id(), entry);
                }
                image.synced.add(new Synced(Files.size(lastLog(folder.resolve("store"))), Map.copyOf(entries)));
            }
            copy(folder.resolve("store"), image.folder);
        }
        return image;
    }

    /** Some created, those of the batch before settled: a batch that is half applied shows. */
    private static List<Change> batch(int number, RandomGenerator random) {
        var changes = new ArrayList<Change>();
        for (int i = 0; i < 3; i++) {
            var param = Long.toHexString(random.nextLong()).repeat(1 + random.nextInt(12));
            changes.add(created(pending("p%05d-%d".formatted(number, i), param)));
            if (number > 0) {
                String id = "p%05d-%d".formatted(number - 1, i);
                changes.add(changed(settled(pending(id), "v" + number, 2_000 + number)));
            }
        }
        return changes;
    }

    static Path lastLog(Path folder) throws IOException {
        return new RocksFolder(folder).logs().getLast();
    }

    /** Everything that is synced. */
    Map<String, Entry> entries() {
        return synced.getLast().entries();
    }

    /** What was synced when the log was not longer than this. */
    Map<String, Entry> entries(long logBytes) {
        Map<String, Entry> last = Map.of();
        for (var commit : synced) {
            if (commit.logBytes() <= logBytes) {
                last = commit.entries();
            }
        }
        return last;
    }

    /** All entries of a store, without params: a settled entry of this image was made without its own. */
    static Map<String, String> read(PromiseStore store) {
        var entries = new TreeMap<String, String>();
        try (var scan = store.scan(null, false)) {
            for (var entry = scan.next(); entry != null; entry = scan.next()) {
                entries.put(entry.id(), essence(entry));
            }
        }
        return entries;
    }

    static Map<String, String> essences(Map<String, Entry> entries) {
        var essences = new TreeMap<String, String>();
        entries.forEach((id, entry) -> essences.put(id, essence(entry)));
        return essences;
    }

    static String essence(Entry entry) {
        return entry.state() + " " + entry.value().data() + " " + entry.settledAtMillis();
    }

    static void copy(Path from, Path to) throws IOException {
        delete(to);
        Files.createDirectories(to);
        try (var files = Files.list(from)) {
            for (var file : files.toList()) {
                Files.copy(file, to.resolve(file.getFileName()));
            }
        }
    }

    static void delete(Path folder) throws IOException {
        if (Files.exists(folder)) {
            try (var files = Files.list(folder)) {
                for (var file : files.toList()) {
                    Files.delete(file);
                }
            }
            Files.delete(folder);
        }
    }
}
