package dev.modulate.resonate.store;

import dev.modulate.resonate.machine.Entry;
import dev.modulate.resonate.machine.Transition.Change;
import dev.modulate.resonate.machine.Transition.Kind;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.rocksdb.AbstractNativeReference;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.BloomFilter;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.CompressionType;
import org.rocksdb.DBOptions;
import org.rocksdb.InfoLogLevel;
import org.rocksdb.LRUCache;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.WALRecoveryMode;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;

/**
 * Promises in RocksDB. Three families under the id of the promise: {@code origin} is written once; {@code pending} holds
 * the rest while it is pending, so that recovery reads nothing else; {@code settled} holds it afterwards.
 *
 * <p>The engine's default recovery silently drops what follows a damaged byte in its log; this one forgives a torn end
 * only and refuses to open otherwise.
 */
public final class RocksStore implements PromiseStore {
    private static final long BLOCK_CACHE_BYTES = 32L << 20;
    private static final long WRITE_BUFFER_BYTES = 16L << 20;
    private static final long LOG_BYTES_MAX = 128L << 20;
    private static final int BLOOM_BITS = 10;

    private final List<AbstractNativeReference> natives = new ArrayList<>();
    private final RocksDB database;
    private final ColumnFamilyHandle origins;
    private final ColumnFamilyHandle pending;
    private final ColumnFamilyHandle settled;
    private final WriteOptions sync;

    private RocksStore(Path folder) throws RocksDBException {
        var cache = own(new LRUCache(BLOCK_CACHE_BYTES));
        var bloom = own(new BloomFilter(BLOOM_BITS));
        var table = new BlockBasedTableConfig()
                .setBlockCache(cache)
                .setFilterPolicy(bloom)
                .setCacheIndexAndFilterBlocks(true);
        var family = own(new ColumnFamilyOptions())
                .setTableFormatConfig(table)
                .setWriteBufferSize(WRITE_BUFFER_BYTES)
                .setCompressionType(CompressionType.LZ4_COMPRESSION);
        var options = own(new DBOptions())
                .setCreateIfMissing(true)
                .setCreateMissingColumnFamilies(true)
                .setWalRecoveryMode(WALRecoveryMode.TolerateCorruptedTailRecords)
                .setRecycleLogFileNum(0)
                .setParanoidChecks(true)
                .setMaxTotalWalSize(LOG_BYTES_MAX)
                .setMaxBackgroundJobs(2)
                .setInfoLogLevel(InfoLogLevel.WARN_LEVEL)
                .setKeepLogFileNum(4);
        var families = new ArrayList<ColumnFamilyDescriptor>();
        for (String name : List.of("default", "origin", "pending", "settled")) {
            families.add(new ColumnFamilyDescriptor(name.getBytes(StandardCharsets.US_ASCII), family));
        }
        var handles = new ArrayList<ColumnFamilyHandle>();
        database = RocksDB.open(options, folder.toString(), families, handles);
        handles.forEach(this::own);
        origins = handles.get(1);
        pending = handles.get(2);
        settled = handles.get(3);
        sync = own(new WriteOptions()).setSync(true);
    }

    /** Opens the store in a folder, which is made if need be. */
    public static RocksStore open(Path folder) {
        try {
            Files.createDirectories(folder);
            RocksDB.loadLibrary();
            return new RocksStore(folder);
        } catch (RocksDBException | IOException e) {
            throw new StoreException("promise store in " + folder + " cannot be opened: " + e.getMessage(), e);
        }
    }

    private <N extends AbstractNativeReference> N own(N reference) {
        natives.add(reference);
        return reference;
    }

    @Override
    public @Nullable Entry find(String id) {
        byte[] key = key(id);
        try {
            byte[] origin = database.get(origins, key);
            if (origin == null) {
                return null;
            }
            // In the order in which a state moves, so that a commit in between hides it from neither.
            byte[] state = database.get(pending, key);
            return entry(id, origin, state != null ? state : database.get(settled, key));
        } catch (RocksDBException e) {
            throw failed("read", e);
        }
    }

    private static Entry entry(String id, byte[] origin, byte @Nullable [] state) {
        if (state == null) {
            throw new StoreException("promise " + id + " has no state", new IOException("half a record"));
        }
        return RecordCodec.state(RecordCodec.origin(id, origin), state);
    }

    @Override
    public void commit(List<Change> changes) {
        try (var batch = new WriteBatch()) {
            for (var change : changes) {
                add(batch, change);
            }
            if (batch.count() > 0) {
                database.write(sync, batch);
            }
        } catch (RocksDBException e) {
            throw failed("commit", e);
        }
    }

    private void add(WriteBatch batch, Change change) throws RocksDBException {
        if (!change.durable()) {
            return;
        }
        var entry = change.entry();
        byte[] key = key(entry.id());
        boolean created = change.kind() == Kind.CREATED;
        if (created) {
            batch.put(origins, key, RecordCodec.origin(entry.origin()));
        }
        if (entry.pending()) {
            batch.put(pending, key, RecordCodec.state(entry));
        } else {
            if (!created) {
                batch.delete(pending, key);
            }
            batch.put(settled, key, RecordCodec.state(entry));
        }
    }

    @Override
    public void recover(Consumer<Entry> consumer) {
        try (var scan = scan(null, true)) {
            for (var entry = scan.next(); entry != null; entry = scan.next()) {
                consumer.accept(entry);
            }
        }
    }

    @Override
    public Scan scan(@Nullable String after, boolean pendingOnly) {
        return new RocksScan(after, pendingOnly);
    }

    @Override
    public boolean available() {
        return database.isOwningHandle();
    }

    @Override
    public void close() {
        try {
            database.syncWal();
        } catch (RocksDBException e) {
            throw failed("close", e);
        } finally {
            natives.reversed().forEach(AbstractNativeReference::close);
            database.close();
        }
    }

    private static byte[] key(String id) {
        return id.getBytes(StandardCharsets.UTF_8);
    }

    private static StoreException failed(String what, RocksDBException cause) {
        return new StoreException("promise store: " + what + " failed: " + cause.getMessage(), cause);
    }

    /** Iterators see the moment they were made; a snapshot holds all families to the same one. */
    private final class RocksScan implements Scan {
        private final org.rocksdb.Snapshot snapshot = database.getSnapshot();
        private final ReadOptions options = new ReadOptions().setSnapshot(snapshot);
        private final boolean pendingOnly;
        private final RocksIterator ids;

        RocksScan(@Nullable String after, boolean pendingOnly) {
            this.pendingOnly = pendingOnly;
            this.ids = database.newIterator(pendingOnly ? pending : origins, options);
            if (after == null) {
                ids.seekToFirst();
            } else {
                byte[] key = key(after);
                ids.seek(key);
                if (ids.isValid() && java.util.Arrays.equals(ids.key(), key)) {
                    ids.next();
                }
            }
        }

        @Override
        public @Nullable Entry next() {
            try {
                if (!ids.isValid()) {
                    ids.status();
                    return null;
                }
                byte[] key = ids.key();
                byte[] found = ids.value();
                ids.next();
                var id = new String(key, StandardCharsets.UTF_8);
                if (pendingOnly) {
                    byte[] origin = database.get(origins, options, key);
                    if (origin == null) {
                        throw new StoreException("promise " + id + " has no origin", new IOException("half a record"));
                    }
                    return entry(id, origin, found);
                }
                byte[] state = database.get(settled, options, key);
                return entry(id, found, state != null ? state : database.get(pending, options, key));
            } catch (RocksDBException e) {
                throw failed("read", e);
            }
        }

        @Override
        public void close() {
            ids.close();
            options.close();
            database.releaseSnapshot(snapshot);
        }
    }
}
