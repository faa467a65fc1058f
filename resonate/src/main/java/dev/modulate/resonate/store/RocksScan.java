package dev.modulate.resonate.store;

import dev.modulate.resonate.machine.Entry;
import java.io.IOException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.Snapshot;

/** Iterators see the moment they were made; a snapshot holds all families to the same one. */
final class RocksScan implements PromiseStore.Scan {
    private final RocksEngine engine;
    private final Snapshot snapshot;
    private final ReadOptions options;
    private final boolean pendingOnly;
    private final RocksIterator ids;

    /** Made while the engine is held open. */
    RocksScan(RocksEngine engine, @Nullable String after, boolean pendingOnly) {
        this.engine = engine;
        this.pendingOnly = pendingOnly;
        this.snapshot = engine.database.getSnapshot();
        this.options = new ReadOptions().setSnapshot(snapshot);
        this.ids = engine.database.newIterator(pendingOnly ? engine.pending : engine.origins, options);
        start(ids, after);
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
        return engine.<@Nullable Entry>read("read", this::read);
    }

    private @Nullable Entry read() throws RocksDBException {
        if (!ids.isValid()) {
            ids.status();
            return null;
        }
        byte[] key = ids.key();
        byte[] found = ids.value();
        ids.next();
        var id = RocksStore.id(key);
        if (!pendingOnly) {
            byte[] state = engine.database.get(engine.settled, options, key);
            return RocksStore.entry(
                    id, found, state != null ? state : engine.database.get(engine.pending, options, key));
        }
        byte[] origin = engine.database.get(engine.origins, options, key);
        if (origin == null) {
            throw new StoreException("promise " + id + " has no origin", new IOException("half a record"));
        }
        return RocksStore.entry(id, origin, found);
    }

    @Override
    public void close() {
        engine.closed(this, () -> {
            ids.close();
            options.close();
            engine.database.releaseSnapshot(snapshot);
        });
    }
}
