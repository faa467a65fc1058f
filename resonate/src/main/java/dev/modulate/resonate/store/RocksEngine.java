package dev.modulate.resonate.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.LiveFileMetaData;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.SstFileReader;
import org.rocksdb.Status;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;

/**
 * An open RocksDB with its families.
 *
 * <p>The lock keeps it open while it is read: a read of a closed engine would crash the process.
 */
final class RocksEngine implements AutoCloseable {
    /** Tables are verified when opened, the newest first; what is older is verified as it is read. About a second. */
    static final long VERIFIED_BYTES_MAX = 1L << 30;

    /** By their number in the log. More may follow; their order never changes. */
    static final List<String> FAMILIES =
            List.of("default", "origin", "pending", "settled", "child", "schedule", "born");

    private static final Pattern LOG_NUMBER = Pattern.compile("log number: (\\d{1,18})");

    final Path folder;
    final List<ColumnFamilyHandle> handles = new ArrayList<>();
    final RocksDB database;
    final ColumnFamilyHandle origins;
    final ColumnFamilyHandle pending;
    final ColumnFamilyHandle settled;
    final ColumnFamilyHandle children;
    final ColumnFamilyHandle schedules;
    final ColumnFamilyHandle births;
    private final WriteOptions sync;
    private final RocksOptions options;
    private final NewestLog newestLog;
    private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();
    private final Set<AutoCloseable> views = new HashSet<>();
    private boolean closed;

    private RocksEngine(Path folder, RocksOptions options) throws RocksDBException {
        this.folder = folder;
        this.options = options;
        this.newestLog = new NewestLog(new RocksFolder(folder));
        database = RocksDB.open(options.database(newestLog.listener()), folder.toString(), options.families(), handles);
        handles.forEach(options::own);
        origins = handles.get(1);
        pending = handles.get(2);
        settled = handles.get(3);
        children = handles.get(4);
        schedules = handles.get(5);
        births = handles.get(6);
        sync = options.own(new WriteOptions()).setSync(true);
    }

    /** Opens the folder, which is made if need be, and verifies it. */
    static RocksEngine open(Path folder) {
        return open(folder, VERIFIED_BYTES_MAX);
    }

    /** @param verifiedBytesMax of tables, the newest first */
    static RocksEngine open(Path folder, long verifiedBytesMax) {
        @Nullable RocksEngine engine = null;
        boolean sound = false;
        var options = new RocksOptions();
        try {
            Files.createDirectories(folder);
            new RocksFolder(folder).check();
            RocksDB.loadLibrary();
            engine = new RocksEngine(folder, options);
            engine.verifyTables(verifiedBytesMax);
            engine.newestLog.written();
            sound = true;
            return engine;
        } catch (RocksDBException e) {
            throw failed(folder, "open" + damagedFile(folder, e), e);
        } catch (IOException e) {
            throw new StoreException("promise store in " + folder + " cannot be opened: " + e.getMessage(), e);
        } finally {
            if (engine == null) {
                options.close();
            } else if (!sound) {
                engine.close();
            }
        }
    }

    /** The engine does not always say which table it could not read, and of a log only the number. */
    private static String damagedFile(Path folder, RocksDBException cause) {
        if (!corruption(cause)) {
            return "";
        }
        var log = LOG_NUMBER.matcher("" + cause.getMessage());
        if (log.find()) {
            return ", file " + new RocksFolder(folder).log(Long.parseLong(log.group(1)));
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

    /**
     * Says which log is missing, or shorter than it was, by what the manifest knows of logs; null when none is, or when the
     * manifest cannot be read. Changes nothing.
     */
    static @Nullable String missingLog(Path folder) {
        var handles = new ArrayList<ColumnFamilyHandle>();
        try (var options = new RocksOptions()) {
            var database = RocksDB.openReadOnly(options.checked(), folder.toString(), options.families(), handles);
            handles.forEach(ColumnFamilyHandle::close);
            database.close();
            return null;
        } catch (RocksDBException e) {
            boolean log = LOG_NUMBER.matcher("" + e.getMessage()).find();
            return log ? damagedFile(folder, e).replaceFirst("^, ", "") + ": " + e.getMessage() : null;
        }
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

    /** Makes a batch durable. Called by one thread. */
    void write(String what, WriteBatch batch) {
        read(what, () -> {
            database.write(sync, batch);
            return true;
        });
        try {
            newestLog.written();
        } catch (IOException e) {
            throw new StoreException("promise store in " + folder + ": " + what + " failed: " + e.getMessage(), e);
        }
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
            options.close();
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
