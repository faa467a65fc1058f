package dev.modulate.bench.promises;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.rocksdb.CompressionType;
import org.rocksdb.InfoLogLevel;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;

/** RocksDB with one put for each record, synced. */
final class RawRocks implements BatchingWriter.Engine {
    private static final long WRITE_BUFFER_BYTES = 16L << 20;

    private final Options options = new Options()
            .setCreateIfMissing(true)
            .setWriteBufferSize(WRITE_BUFFER_BYTES)
            .setCompressionType(CompressionType.LZ4_COMPRESSION)
            .setMaxBackgroundJobs(2)
            .setInfoLogLevel(InfoLogLevel.WARN_LEVEL);
    private final WriteOptions sync = new WriteOptions().setSync(true);
    private final RocksDB database;

    RawRocks(Path folder) throws RocksDBException {
        RocksDB.loadLibrary();
        database = RocksDB.open(options, folder.toString());
    }

    @Override
    public void commit(List<BatchingWriter.Put> puts) throws RocksDBException {
        try (var batch = new WriteBatch()) {
            for (var put : puts) {
                batch.put(put.id.getBytes(StandardCharsets.UTF_8), put.body);
            }
            database.write(sync, batch);
        }
    }

    @Override
    public void close() {
        database.close();
        sync.close();
        options.close();
    }
}
