package dev.modulate.resonate.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.Options;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDBException;
import org.rocksdb.SstFileReader;
import org.rocksdb.SstFileReaderIterator;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;

/**
 * Puts the records of damaged files into a new store. Tables come first, then logs, the oldest first. What is settled
 * never changes and beats what is pending, so order matters only among the states of a pending promise.
 */
final class Salvage {
    private static final int BATCH_RECORDS = 1_000;

    private final RocksEngine engine;
    private final Consumer<String> lost;
    private final WriteOptions unsynced = new WriteOptions();
    private WriteBatch batch = new WriteBatch();

    Salvage(RocksEngine engine, Consumer<String> lost) {
        this.engine = engine;
        this.lost = lost;
    }

    /** Reads from both ends to what cannot be read in between. */
    void table(Path table) throws RocksDBException {
        try (var options = new Options();
                var reader = new SstFileReader(options);
                var reading = new ReadOptions().setFillCache(false)) {
            reader.open(table.toString());
            String name = new String(reader.getTableProperties().getColumnFamilyName(), StandardCharsets.US_ASCII);
            int family = RocksEngine.FAMILIES.indexOf(name);
            if (family < 0) {
                lost.accept("file " + table + ": unknown family " + name);
                return;
            }
            try (var records = reader.newIterator(reading)) {
                both(table, family, records);
            }
        } catch (RocksDBException e) {
            lost.accept("file " + table + ": " + e.getMessage() + "; none of it could be read");
        }
    }

    private void both(Path table, int family, SstFileReaderIterator records) throws RocksDBException {
        byte[] last = null;
        for (records.seekToFirst(); records.isValid(); records.next()) {
            last = records.key();
            put(family, last, records.value());
        }
        String damage = failure(records);
        if (damage == null) {
            return;
        }
        byte[] first = null;
        for (records.seekToLast(); records.isValid(); records.prev()) {
            first = records.key();
            put(family, first, records.value());
        }
        lost.accept("file " + table + ": " + damage + "; the part " + RocksEngine.FAMILIES.get(family)
                + " of promises between " + shown(last) + " and " + shown(first) + " could not be read");
    }

    private static @Nullable String failure(SstFileReaderIterator records) {
        try {
            records.status();
            return null;
        } catch (RocksDBException e) {
            return e.getMessage();
        }
    }

    private static String shown(byte @Nullable [] key) {
        return key == null ? "the end" : new String(key, StandardCharsets.UTF_8).replace('\0', '/');
    }

    /** Reads every batch that is whole. */
    void log(Path log) throws IOException, RocksDBException {
        Set<RocksDBException> failures = new HashSet<>();
        new WriteRecords(log)
                .read(
                        writes -> {
                            try {
                                apply(writes);
                            } catch (RocksDBException e) {
                                failures.add(e);
                            }
                        },
                        lost);
        for (var failure : failures) {
            throw failure;
        }
    }

    private void apply(List<WriteRecords.Write> writes) throws RocksDBException {
        for (var write : writes) {
            if (write.family() <= 0 || write.family() >= RocksEngine.FAMILIES.size()) {
                lost.accept("a write of unknown family " + write.family());
                continue;
            }
            switch (write) {
                case WriteRecords.Put put -> put(put.family(), array(put.key()), array(put.value()));
                case WriteRecords.Delete delete -> batch.delete(handle(delete.family()), array(delete.key()));
                case WriteRecords.Clear clear ->
                    batch.deleteRange(handle(clear.family()), new byte[0], RocksStore.AFTER_ALL_IDS);
            }
        }
        if (batch.count() >= BATCH_RECORDS) {
            write();
        }
    }

    private static byte[] array(ByteBuffer bytes) {
        byte[] array = new byte[bytes.remaining()];
        bytes.get(bytes.position(), array);
        return array;
    }

    private void put(int family, byte[] key, byte[] value) throws RocksDBException {
        batch.put(handle(family), key, value);
        if (batch.count() >= BATCH_RECORDS) {
            write();
        }
    }

    private ColumnFamilyHandle handle(int family) {
        return engine.handles.get(family);
    }

    private void write() throws RocksDBException {
        engine.database.write(unsynced, batch);
        batch.close();
        batch = new WriteBatch();
    }

    /** Makes all that was put durable. */
    void flush() throws RocksDBException {
        write();
        engine.database.syncWal();
        batch.close();
        unsynced.close();
    }
}
