package dev.modulate.resonate.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;
import org.rocksdb.AbstractEventListener;
import org.rocksdb.MemTableInfo;

/**
 * A file that names the newest write-ahead log. The engine's manifest names the others, so that one that is missing is
 * refused; without this file the newest could be missing and nobody would know.
 *
 * <p>The file is written before anything that the log holds is answered. A younger log than it names is in order: the
 * process died when the log had begun, or the engine has removed the old one since.
 */
final class NewestLog {
    static final String FILE = "NEWEST-LOG";
    private static final String WRITTEN = "NEWEST-LOG.new";

    private final RocksFolder folder;

    /** The engine begins a log when it seals a buffer, within a write. */
    private volatile boolean begun = true;

    NewestLog(RocksFolder folder) {
        this.folder = folder;
    }

    /** Says that the log which the file names is missing, and none is younger; null when all is well. */
    static @Nullable String missing(RocksFolder folder) throws IOException {
        var file = folder.path().resolve(FILE);
        if (!Files.exists(file)) {
            // Of an earlier version, or new.
            return null;
        }
        // Read as bytes: when damaged they need not be text.
        String name = new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
        if (!name.matches("\\d{1,18}\\.log\\n")) {
            return "file " + file + " does not name a log";
        }
        var log = folder.path().resolve(name.strip());
        var logs = folder.logs();
        boolean there = !logs.isEmpty() && RocksFolder.number(logs.getLast()) >= RocksFolder.number(log);
        return there ? null : "file " + log + ", the newest log, is missing";
    }

    /** Tells when a log may have begun. Whoever opens the engine with it closes it. */
    AbstractEventListener listener() {
        return new AbstractEventListener(AbstractEventListener.EnabledEventCallback.ON_MEMTABLE_SEALED) {
            @Override
            public void onMemTableSealed(MemTableInfo sealed) {
                begun = true;
            }
        };
    }

    /** Called after each write, before it is answered; does something only when a log has begun. */
    void written() throws IOException {
        if (begun) {
            begun = false;
            var logs = folder.logs();
            if (!logs.isEmpty()) {
                name(logs.getLast());
            }
        }
    }

    private void name(Path log) throws IOException {
        var written = folder.path().resolve(WRITTEN);
        try (var channel = FileChannel.open(
                written, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
            var name = ByteBuffer.wrap((log.getFileName() + "\n").getBytes(StandardCharsets.US_ASCII));
            while (name.hasRemaining()) {
                channel.write(name);
            }
            channel.force(true);
        }
        Files.move(written, folder.path().resolve(FILE), StandardCopyOption.ATOMIC_MOVE);
        try (var entries = FileChannel.open(folder.path(), StandardOpenOption.READ)) {
            entries.force(true);
        }
    }
}
