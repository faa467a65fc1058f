package dev.modulate.resonate.store;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDBException;

/**
 * What a store says about which promises are pending: lists of those that were created together, and those that are no
 * longer as they were created. Some of the lists' are settled, or gone.
 *
 * @param lists by number
 * @param moved ids with a state of their own; all are pending
 */
record PendingRecords(NavigableMap<Long, List<String>> lists, Set<String> moved) {
    /** Numbers are not negative, so no key of a list has such a byte first. */
    static final byte[] AFTER_ALL = {(byte) 0xFF};

    static PendingRecords read(RocksEngine engine, ReadOptions options) throws RocksDBException {
        var lists = new TreeMap<Long, List<String>>();
        try (var records = engine.database.newIterator(engine.births, options)) {
            for (records.seekToFirst(); records.isValid(); records.next()) {
                long number = ByteBuffer.wrap(records.key()).getLong();
                lists.put(number, RecordCodec.ids("list " + number, records.value()));
            }
            records.status();
        }
        var moved = new HashSet<String>();
        try (var records = engine.database.newIterator(engine.pending, options)) {
            for (records.seekToFirst(); records.isValid(); records.next()) {
                moved.add(RocksStore.id(records.key()));
            }
            records.status();
        }
        return new PendingRecords(lists, moved);
    }

    /** In the order of the numbers. */
    static byte[] key(long number) {
        return ByteBuffer.allocate(Long.BYTES).putLong(number).array();
    }

    /**
     * Keys of what may be pending, each once, in the engine's order.
     *
     * @param after last id that is not wanted, or null
     */
    List<byte[]> keys(@Nullable String after) {
        Set<String> ids = new HashSet<>(moved);
        lists.values().forEach(ids::addAll);
        byte[] from = after == null ? null : RocksStore.key(after);
        var keys = new ArrayList<byte[]>();
        for (String id : ids) {
            byte[] key = RocksStore.key(id);
            if (from == null || Arrays.compareUnsigned(key, from) > 0) {
                keys.add(key);
            }
        }
        keys.sort(Arrays::compareUnsigned);
        return keys;
    }
}
