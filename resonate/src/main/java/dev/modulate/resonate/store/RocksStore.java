package dev.modulate.resonate.store;

import dev.modulate.resonate.machine.Entry;
import dev.modulate.resonate.machine.Transition.Change;
import dev.modulate.resonate.protocol.Schedule;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteBatch;

/**
 * Promises in RocksDB. Families under the id of the promise: {@code origin} is written once, with the state that
 * the promise is created in; {@code pending} holds a later state while it is pending; {@code settled} holds the last one.
 * {@code born} lists what each commit created, so that recovery need not look for it; see {@link Births}. {@code child}
 * lists the members of a tree beside its root, for the removal of old trees. {@code schedule} holds schedules under
 * their ids.
 *
 * <p>After a commit failed the engine takes no more; {@link #recover} opens it anew, and the end of the log that was torn
 * by the failure is healed then.
 */
public final class RocksStore implements PromiseStore {
    /** No text in UTF-8 has such a byte. */
    static final byte[] AFTER_ALL_IDS = {(byte) 0xFF};

    private final Path folder;
    private volatile @Nullable RocksEngine engine;
    private volatile boolean broken;

    /** Of the committing thread, as is whether it knows what is pending. */
    private final RocksWrites writes = new RocksWrites();

    private boolean recovered;

    private RocksStore(Path folder, RocksEngine engine) {
        this.folder = folder;
        this.engine = engine;
    }

    /**
     * Opens the store in a folder, which is made if need be.
     *
     * @throws DamagedStoreException when bytes on disk are not those that were written
     */
    public static RocksStore open(Path folder) {
        return open(folder, RocksEngine.VERIFIED_BYTES_MAX);
    }

    /** @param verifiedBytesMax of tables that are verified now; what is older is verified as it is read */
    static RocksStore open(Path folder, long verifiedBytesMax) {
        return new RocksStore(folder, RocksEngine.open(folder, verifiedBytesMax));
    }

    private RocksEngine engine() {
        var open = engine;
        if (open == null) {
            throw new StoreException("promise store in " + folder + " is closed", new IOException("closed"));
        }
        return open;
    }

    @Override
    public @Nullable Entry find(String id) {
        var open = engine();
        return open.read("read", () -> find(open, id));
    }

    private static @Nullable Entry find(RocksEngine open, String id) throws RocksDBException {
        byte[] key = key(id);
        // Most ids that are looked for are new, and a get says so by a native exception, which costs more than all
        // else.
        // This asks memory only; where that does not suffice it says yes.
        if (!open.database.keyMayExist(open.origins, key, null)) {
            return null;
        }
        byte[] origin = open.database.get(open.origins, key);
        if (origin == null) {
            return null;
        }
        // In the order in which a state moves, so that a commit in between hides it from neither.
        byte[] state = open.database.get(open.pending, key);
        if (state == null) {
            state = open.database.get(open.settled, key);
        }
        boolean removed = state == null && open.database.get(open.origins, key) == null;
        return removed ? null : entry(id, origin, state);
    }

    /** @param state null when it is still as it was created */
    static Entry entry(String id, byte[] origin, byte @Nullable [] state) {
        var entry = state == null
                ? RecordCodec.created(id, origin)
                : RecordCodec.state(RecordCodec.origin(id, origin), state);
        if (entry == null) {
            throw new StoreException("promise " + id + " has no state", new IOException("half a record"));
        }
        return entry;
    }

    @Override
    public Map<String, Entry> findAll(Collection<String> ids) {
        var found = new HashMap<String, Entry>();
        for (String id : ids) {
            var entry = find(id);
            if (entry != null) {
                found.put(id, entry);
            }
        }
        return found;
    }

    @Override
    public boolean remote() {
        return false;
    }

    @Override
    public void commit(List<Change> changes) {
        if (!recovered) {
            throw new IllegalStateException("committed to " + folder + " before what is pending was recovered");
        }
        writes.begin();
        for (var change : changes) {
            if (change.durable()) {
                writes.add(change);
            }
        }
        try (var batch = new WriteBatch(writes.bytes())) {
            write(engine(), batch, "commit");
        }
    }

    private void write(RocksEngine open, WriteBatch batch, String what) {
        if (broken) {
            throw new StoreException("promise store in " + folder + ": an earlier commit failed", null);
        }
        boolean written = false;
        try {
            if (batch.count() > 0) {
                open.write(what, batch);
            }
            written = true;
        } finally {
            broken |= !written;
        }
    }

    @Override
    public List<Schedule> schedules() {
        var open = engine();
        return open.read("read", () -> {
            var all = new ArrayList<Schedule>();
            try (var records = open.database.newIterator(open.schedules)) {
                for (records.seekToFirst(); records.isValid(); records.next()) {
                    all.add(ScheduleCodec.schedule(id(records.key()), records.value()));
                }
                records.status();
            }
            return all;
        });
    }

    @Override
    public void clear() {
        try (var batch = new WriteBatch()) {
            var open = engine();
            for (var family : List.of(open.origins, open.pending, open.settled, open.children, open.schedules)) {
                batch.deleteRange(family, new byte[0], AFTER_ALL_IDS);
            }
            batch.deleteRange(open.births, new byte[0], PendingRecords.AFTER_ALL);
            writes.clear();
            write(open, batch, "clearing");
        } catch (RocksDBException e) {
            throw RocksEngine.failed(folder, "clearing", e);
        }
    }

    @Override
    public Sweep sweep(@Nullable String after, long beforeMillis, int recordsMax) {
        var open = engine();
        return open.read("sweep", () -> new RocksTrees(open, beforeMillis).sweep(after, recordsMax));
    }

    @Override
    public Tree rest(Tree part) {
        var open = engine();
        return open.read("sweep", () -> RocksTrees.rest(open, part));
    }

    @Override
    public void remove(List<Tree> trees) {
        try (var batch = new WriteBatch()) {
            var open = engine();
            for (var tree : trees) {
                for (String id : tree.members()) {
                    byte[] key = key(id);
                    for (ColumnFamilyHandle family : List.of(open.origins, open.settled)) {
                        batch.delete(family, key);
                    }
                    batch.delete(open.children, RocksTrees.childKey(tree.id(), key));
                }
            }
            write(open, batch, "removal");
        } catch (RocksDBException e) {
            throw RocksEngine.failed(folder, "removal", e);
        }
    }

    @Override
    public void recover(Consumer<Entry> consumer) {
        if (broken) {
            reopen();
        }
        var open = engine();
        var ids = new HashSet<String>();
        try (var scan = open.read("scan", () -> new RocksScan(open, null, true))) {
            for (var entry = scan.next(); entry != null; entry = scan.next()) {
                ids.add(entry.id());
                consumer.accept(slim(entry));
            }
            writes.recovered(open.read("read", scan::pending), ids);
            recovered = true;
        }
    }

    private void reopen() {
        var old = engine;
        engine = null;
        if (old != null) {
            old.close();
        }
        engine = RocksEngine.open(folder);
        broken = false;
    }

    @Override
    public Scan scan(@Nullable String after, boolean pendingOnly) {
        var open = engine();
        return open.read("scan", () -> new RocksScan(open, after, pendingOnly));
    }

    @Override
    public boolean available() {
        return engine != null && !broken;
    }

    @Override
    public void close() {
        var old = engine;
        engine = null;
        if (old != null) {
            old.close();
        }
    }

    static byte[] key(String id) {
        return id.getBytes(StandardCharsets.UTF_8);
    }

    static String id(byte[] key) {
        return new String(key, StandardCharsets.UTF_8);
    }
}
