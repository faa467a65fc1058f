package dev.modulate.resonate.store;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import org.rocksdb.AbstractEventListener;
import org.rocksdb.AbstractNativeReference;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.BloomFilter;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.CompressionType;
import org.rocksdb.DBOptions;
import org.rocksdb.IndexType;
import org.rocksdb.InfoLogLevel;
import org.rocksdb.LRUCache;
import org.rocksdb.WALRecoveryMode;

/** How the engine is opened. Memory outside the heap is bounded by the constants here, whatever lies on disk. */
final class RocksOptions implements AutoCloseable {
    private static final long BLOCK_CACHE_BYTES = 32L << 20;
    static final long WRITE_BUFFER_BYTES = 16L << 20;
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

    /**
     * The manifest says which logs there are and how long each was when the next one began, so that one that is missing or
     * cut short is refused. The binding has no method for it.
     */
    private static final String LOGS_IN_MANIFEST = "track_and_verify_wals_in_manifest";

    private final List<AbstractNativeReference> natives = new ArrayList<>();

    /** Keeps a reference until these options are closed. */
    <N extends AbstractNativeReference> N own(N reference) {
        natives.add(reference);
        return reference;
    }

    /** Options of an engine that makes what is missing. */
    DBOptions database(AbstractEventListener listener) {
        return checked()
                .setCreateIfMissing(true)
                .setCreateMissingColumnFamilies(true)
                .setRecycleLogFileNum(0)
                .setParanoidChecks(true)
                .setMaxTotalWalSize(LOG_BYTES_MAX)
                .setDbWriteBufferSize(WRITE_BUFFERS_BYTES)
                .setMaxOpenFiles(OPEN_FILES_MAX)
                .setMaxBackgroundJobs(2)
                .setListeners(List.of(own(listener)))
                .setInfoLogLevel(InfoLogLevel.WARN_LEVEL)
                .setKeepLogFileNum(4);
    }

    /** Options with which nothing that is missing is taken for nothing. */
    DBOptions checked() {
        var tracked = new Properties();
        tracked.setProperty(LOGS_IN_MANIFEST, "true");
        var options = DBOptions.getDBOptionsFromProps(tracked);
        if (options == null) {
            throw new IllegalStateException("RocksDB does not know " + LOGS_IN_MANIFEST);
        }
        return own(options).setWalRecoveryMode(WALRecoveryMode.TolerateCorruptedTailRecords);
    }

    List<ColumnFamilyDescriptor> families() {
        var table = table();
        var families = new ArrayList<ColumnFamilyDescriptor>();
        for (String name : RocksEngine.FAMILIES) {
            var family = family(table);
            if (name.equals("origin")) {
                // Of the others nothing is looked for that is not there, as a rule.
                family.setMemtablePrefixBloomSizeRatio(MEMTABLE_BLOOM_SHARE).setMemtableWholeKeyFiltering(true);
            }
            families.add(new ColumnFamilyDescriptor(name.getBytes(StandardCharsets.US_ASCII), family));
        }
        return families;
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

    /** Closes what is owned, the youngest first. */
    @Override
    public void close() {
        natives.reversed().forEach(AbstractNativeReference::close);
    }
}
