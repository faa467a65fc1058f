package dev.modulate.bench.promises;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
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
    private static final int HEADER_BYTES = 12;
    private static final int COUNT_AT = 8;
    private static final int PUT = 1;

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
        try (var batch = new WriteBatch(bytes(puts))) {
            database.write(sync, batch);
        }
    }

    /** The batch as the engine logs it, as ours is: one native call for all of it. */
    private static byte[] bytes(List<BatchingWriter.Put> puts) {
        var out = new ByteArrayOutputStream();
        out.writeBytes(ByteBuffer.allocate(HEADER_BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(COUNT_AT, puts.size())
                .array());
        for (var put : puts) {
            out.write(PUT);
            sized(out, put.id.getBytes(StandardCharsets.UTF_8));
            sized(out, put.body);
        }
        return out.toByteArray();
    }

    private static void sized(ByteArrayOutputStream out, byte[] bytes) {
        int rest = bytes.length;
        for (; rest >= 0x80; rest >>>= 7) {
            out.write(rest | 0x80);
        }
        out.write(rest);
        out.writeBytes(bytes);
    }

    @Override
    public void close() {
        database.close();
        sync.close();
        options.close();
    }
}
