package dev.modulate.resonate.store;

import dev.modulate.resonate.machine.Entry;
import java.util.Arrays;
import java.util.Iterator;
import org.jspecify.annotations.Nullable;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.Snapshot;

/**
 * A snapshot holds all families to one moment. Of all promises the origins are gone through; of the pending ones what may
 * be pending, which is collected when the first is asked for.
 */
final class RocksScan implements PromiseStore.Scan {
    private final RocksEngine engine;
    private final Snapshot snapshot;
    private final ReadOptions options;
    private final @Nullable String after;
    private final @Nullable RocksIterator all;
    private @Nullable PendingRecords pending;
    private @Nullable Iterator<byte[]> pendingKeys;

    /** Made while the engine is held open. */
    RocksScan(RocksEngine engine, @Nullable String after, boolean pendingOnly) {
        this.engine = engine;
        this.after = after;
        this.snapshot = engine.database.getSnapshot();
        this.options = new ReadOptions().setSnapshot(snapshot);
        this.all = pendingOnly ? null : engine.database.newIterator(engine.origins, options);
        if (all != null) {
            start(all, after);
        }
        engine.opened(this);
    }

    /** Goes to the first key behind one. */
    static void start(RocksIterator iterator, @Nullable String after) {
        if (after == null) {
            iterator.seekToFirst();
            return;
        }
        byte[] key = RocksStore.key(after);
        iterator.seek(key);
        if (iterator.isValid() && Arrays.equals(iterator.key(), key)) {
            iterator.next();
        }
    }

    @Override
    public @Nullable Entry next() {
        return engine.<@Nullable Entry>read("read", () -> all == null ? nextPending() : next(all));
    }

    private @Nullable Entry next(RocksIterator origins) throws RocksDBException {
        if (!origins.isValid()) {
            origins.status();
            return null;
        }
        byte[] key = origins.key();
        byte[] origin = origins.value();
        origins.next();
        byte[] state = engine.database.get(engine.settled, options, key);
        return RocksStore.entry(
                RocksStore.id(key), origin, state != null ? state : engine.database.get(engine.pending, options, key));
    }

    private @Nullable Entry nextPending() throws RocksDBException {
        var records = pending();
        if (pendingKeys == null) {
            pendingKeys = records.keys(after).iterator();
        }
        while (pendingKeys.hasNext()) {
            byte[] key = pendingKeys.next();
            byte[] origin = settled(key) ? null : engine.database.get(engine.origins, options, key);
            if (origin != null) {
                String id = RocksStore.id(key);
                boolean moved = records.moved().contains(id);
                return RocksStore.entry(id, origin, moved ? engine.database.get(engine.pending, options, key) : null);
            }
        }
        return null;
    }

    /** Asks memory first, since most are not and a get says so by a native exception. */
    private boolean settled(byte[] key) throws RocksDBException {
        return engine.database.keyMayExist(engine.settled, options, key, null)
                && engine.database.get(engine.settled, options, key) != null;
    }

    /** What may be pending. */
    PendingRecords pending() throws RocksDBException {
        var records = pending;
        if (records == null) {
            records = PendingRecords.read(engine, options);
            pending = records;
        }
        return records;
    }

    @Override
    public void close() {
        engine.closed(this, () -> {
            if (all != null) {
                all.close();
            }
            options.close();
            engine.database.releaseSnapshot(snapshot);
        });
    }
}
