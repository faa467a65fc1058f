package dev.modulate.resonate.store;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.jspecify.annotations.Nullable;
import org.rocksdb.AbstractNativeReference;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.BloomFilter;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.CompressionType;
import org.rocksdb.DBOptions;
import org.rocksdb.IndexType;
import org.rocksdb.InfoLogLevel;
import org.rocksdb.LRUCache;
import org.rocksdb.LiveFileMetaData;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.SstFileReader;
import org.rocksdb.Status;
import org.rocksdb.WALRecoveryMode;
import org.rocksdb.WriteOptions;

/**
 * An open RocksDB with its families. Memory outside the heap is bounded by the constants here, whatever lies on disk.
 *
 * <p>The lock keeps it open while it is read: a read of a closed engine would crash the process.
 */
final class RocksEngine implements AutoCloseable {
    private static final long BLOCK_CACHE_BYTES = 32L << 20;
    private static final long WRITE_BUFFER_BYTES = 16L << 20;
    private static final long LOG_BYTES_MAX = 128L << 20;
    private static final long WRITE_BUFFERS_BYTES = 64L << 20;
    private static final int OPEN_FILES_MAX = 512;
    private static final int BLOOM_BITS = 10;

    /**
     * A block that is larger than a shard of the cache is never kept: with the engine's 64 shards the filter of one table
     * was read again for every new id. So few shards, and filters and indexes in small blocks.
     */
    private static final int CACHE_SHARD_BITS = 2;

    private static final long METADATA_BLOCK_BYTES = 8 << 10;

    /**
     * Share of a write buffer for a filter of its own, so that a new id is not searched for in it: some 20 bits for each
     * origin, and small enough for the processor's caches.
     */
    private static final double MEMTABLE_BLOOM_SHARE = 0.01;

    /** Tables are verified when opened, the newest first; what is older is verified as it is read. About a second. */
    static final long VERIFIED_BYTES_MAX = 1L << 30;

    /** By their number in the log. More may follow; their order never changes. */
    static final List<String> FAMILIES =
            List.of("default", "origin", "pending", "settled", "child", "schedule", "born");

    final Path folder;
    final List<ColumnFamilyHandle> handles = new ArrayList<>();
    final RocksDB database;
    final ColumnFamilyHandle origins;
    final ColumnFamilyHandle pending;
    final ColumnFamilyHandle settled;
    final ColumnFamilyHandle children;
    final ColumnFamilyHandle schedules;
    final ColumnFamilyHandle births;
    final WriteOptions sync;
    private final List<AbstractNativeReference> natives = new ArrayList<>();
    private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();
    private final Set<AutoCloseable> views = new HashSet<>();
    private boolean closed;

    private RocksEngine(Path folder) throws RocksDBException {
        this.folder = folder;
        var options = own(new DBOptions())
                .setCreateIfMissing(true)
                .setCreateMissingColumnFamilies(true)
                .setWalRecoveryMode(WALRecoveryMode.TolerateCorruptedTailRecords)
                .setRecycleLogFileNum(0)
                .setParanoidChecks(true)
                .setMaxTotalWalSize(LOG_BYTES_MAX)
                .setDbWriteBufferSize(WRITE_BUFFERS_BYTES)
                .setMaxOpenFiles(OPEN_FILES_MAX)
                .setMaxBackgroundJobs(2)
                .setInfoLogLevel(InfoLogLevel.WARN_LEVEL)
                .setKeepLogFileNum(4);
        var table = table();
        var families = new ArrayList<ColumnFamilyDescriptor>();
        for (String name : FAMILIES) {
            var family = family(table);
            if (name.equals("origin")) {
                // Of the others nothing is looked for that is not there, as a rule.
                family.setMemtablePrefixBloomSizeRatio(MEMTABLE_BLOOM_SHARE).setMemtableWholeKeyFiltering(true);
            }
            families.add(new ColumnFamilyDescriptor(name.getBytes(StandardCharsets.US_ASCII), family));
        }
        database = RocksDB.open(options, folder.toString(), families, handles);
        handles.forEach(this::own);
        origins = handles.get(1);
        pending = handles.get(2);
        settled = handles.get(3);
        children = handles.get(4);
        schedules = handles.get(5);
        births = handles.get(6);
        sync = own(new WriteOptions()).setSync(true);
    }

    private BlockBasedTableConfig table() {
        return new BlockBasedTableConfig()
                .setBlockCache(own(new LRUCache(BLOCK_CACHE_BYTES, CACHE_SHARD_BITS)))
                .setFilterPolicy(own(new BloomFilter(BLOOM_BITS)))
                .setCacheIndexAndFilterBlocks(true)
                .setIndexType(IndexType.kTwoLevelIndexSearch)
                .setPartitionFilters(true)
                .setMetadataBlockSize(METADATA_BLOCK_BYTES)
                .setPinTopLevelIndexAndFilter(true)
                .setPinL0FilterAndIndexBlocksInCache(true);
    }

    private ColumnFamilyOptions family(BlockBasedTableConfig table) {
        return own(new ColumnFamilyOptions())
                .setTableFormatConfig(table)
                .setWriteBufferSize(WRITE_BUFFER_BYTES)
                .setCompressionType(CompressionType.LZ4_COMPRESSION);
    }

    /** Opens the folder, which is made if need be, and verifies it. */
    static RocksEngine open(Path folder) {
        return open(folder, VERIFIED_BYTES_MAX);
    }

    /** @param verifiedBytesMax of tables, the newest first */
    static RocksEngine open(Path folder, long verifiedBytesMax) {
        @Nullable RocksEngine engine = null;
        boolean sound = false;
        try {
            Files.createDirectories(folder);
            new RocksFolder(folder).check();
            RocksDB.loadLibrary();
            engine = new RocksEngine(folder);
            engine.verifyTables(verifiedBytesMax);
            sound = true;
            return engine;
        } catch (RocksDBException e) {
            throw failed(folder, "open" + damagedTable(folder, e), e);
        } catch (IOException e) {
            throw new StoreException("promise store in " + folder + " cannot be opened: " + e.getMessage(), e);
        } finally {
            if (engine != null && !sound) {
                engine.close();
            }
        }
    }

    /** The engine does not always say which table it could not read. */
    private static String damagedTable(Path folder, RocksDBException cause) {
        if (!corruption(cause)) {
            return "";
        }
        try {
            for (var table : new RocksFolder(folder).tables()) {
                try {
                    verify(table);
                } catch (RocksDBException e) {
                    return ", file " + table;
                }
            }
        } catch (IOException e) {
            cause.addSuppressed(e);
        }
        return "";
    }

    private void verifyTables(long bytesMax) throws RocksDBException {
        // The engine compacts from the moment it is open, and must not remove what is about to be verified.
        database.disableFileDeletions();
        try {
            verifyNewest(bytesMax);
        } finally {
            database.enableFileDeletions();
        }
    }

    private void verifyNewest(long bytesMax) throws RocksDBException {
        var files = new ArrayList<>(database.getLiveFilesMetaData());
        files.sort(Comparator.comparing(LiveFileMetaData::fileName).reversed());
        long left = bytesMax;
        for (var file : files) {
            left -= file.size();
            if (left < 0) {
                return;
            }
            verify(folder.resolve(file.fileName().replaceFirst("^/+", "")));
        }
    }

    private static void verify(Path file) throws RocksDBException {
        try (var options = new Options();
                var reader = new SstFileReader(options)) {
            reader.open(file.toString());
            reader.verifyChecksum();
        }
    }

    private <N extends AbstractNativeReference> N own(N reference) {
        natives.add(reference);
        return reference;
    }

    interface Reading<T extends @Nullable Object> {
        T read() throws RocksDBException;
    }

    /** Runs while the engine is held open. */
    <T extends @Nullable Object> T read(String what, Reading<T> reading) {
        lock.readLock().lock();
        try {
            if (closed) {
                throw closedException();
            }
            return reading.read();
        } catch (RocksDBException e) {
            throw failed(folder, what, e);
        } finally {
            lock.readLock().unlock();
        }
    }

    private StoreException closedException() {
        return new StoreException("promise store in " + folder + " is closed", new IOException("closed"));
    }

    /** Remembers a view, to be closed before the engine. */
    void opened(AutoCloseable view) {
        synchronized (views) {
            views.add(view);
        }
    }

    /** Runs the closing of a view, unless the engine has done so. */
    void closed(AutoCloseable view, Runnable closing) {
        synchronized (views) {
            if (views.remove(view)) {
                closing.run();
            }
        }
    }

    /** Words for what the engine says; damage names its file and the way out. */
    static StoreException failed(Path folder, String what, RocksDBException cause) {
        if (corruption(cause)) {
            return new DamagedStoreException(folder, what + ": " + cause.getMessage(), cause);
        }
        return new StoreException("promise store in " + folder + ": " + what + " failed: " + cause.getMessage(), cause);
    }

    private static boolean corruption(RocksDBException cause) {
        return cause.getStatus() != null && cause.getStatus().getCode() == Status.Code.Corruption;
    }

    /** Waits for reads, then closes every view and the engine. */
    @Override
    public void close() {
        lock.writeLock().lock();
        try {
            if (closed) {
                return;
            }
            closed = true;
            closeViews();
            natives.reversed().forEach(AbstractNativeReference::close);
            database.close();
        } finally {
            lock.writeLock().unlock();
        }
    }

    private void closeViews() {
        List<AutoCloseable> open;
        synchronized (views) {
            open = List.copyOf(views);
        }
        for (var view : open) {
            try {
                view.close();
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        }
    }
}
