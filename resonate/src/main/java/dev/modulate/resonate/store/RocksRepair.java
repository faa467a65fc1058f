package dev.modulate.resonate.store;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;

/**
 * Saves what can be read of a damaged store. Reads every table and every log by itself, whatever the manifest says,
 * builds a new store beside the old one, and puts it in its place; the old one stays under another name.
 */
public final class RocksRepair {
    /** Everything was saved. */
    public static final int WHOLE = 0;

    /** Something was lost; the output says what. */
    public static final int LOST = 1;

    /** Nothing was done; the output says why. */
    public static final int REFUSED = 2;

    private final Path folder;
    private final Path repaired;
    private final PrintStream out;
    private long lost;

    private RocksRepair(Path folder, PrintStream out) {
        this.folder = folder;
        this.repaired = sibling("repaired");
        this.out = out;
    }

    /**
     * Repairs the store of a folder that no server uses.
     *
     * @param out told what was saved and what was lost
     * @return exit status: {@link #WHOLE}, {@link #LOST} or {@link #REFUSED}
     */
    public static int run(Path folder, PrintStream out) {
        if (!Files.isDirectory(folder)) {
            out.println("refused: " + folder + " is no folder");
            return REFUSED;
        }
        RocksDB.loadLibrary();
        try {
            return new RocksRepair(folder.toAbsolutePath().normalize(), out).repair();
        } catch (IOException | RocksDBException | StoreException e) {
            out.println("failed: " + e.getMessage() + "; " + folder + " is as it was");
            return REFUSED;
        }
    }

    private int repair() throws IOException, RocksDBException {
        if (inUse()) {
            out.println("refused: a server uses " + folder + "; stop it first");
            return REFUSED;
        }
        if (Files.exists(repaired)) {
            out.println("refused: " + repaired + " exists, of a repair that was broken off; remove it first");
            return REFUSED;
        }
        try (var engine = RocksEngine.open(repaired)) {
            var salvage = new Salvage(engine, this::lost);
            var files = new RocksFolder(folder);
            missing(NewestLog.missing(files));
            missing(RocksEngine.missingLog(folder));
            for (var table : files.tables()) {
                salvage.table(table);
            }
            for (var log : files.logs()) {
                salvage.log(log);
            }
            salvage.flush();
            var check = new SalvageCheck(engine, lost == 0, this::lost);
            check.run();
            out.println("saved: " + check.summary());
        }
        var damaged = sibling("damaged");
        Files.move(folder, damaged);
        Files.move(repaired, folder);
        out.println("the store in " + folder + " is new; what was there is kept in " + damaged);
        return lost == 0 ? WHOLE : LOST;
    }

    /** @param words what is missing; null for nothing */
    private void missing(@Nullable String words) {
        if (words != null) {
            lost(words + "; the changes in it are lost");
        }
    }

    private void lost(String what) {
        lost++;
        out.println("lost: " + what);
    }

    /** The engine holds a lock on this file while it is open. */
    private boolean inUse() throws IOException {
        var file = folder.resolve("LOCK");
        if (!Files.exists(file)) {
            return false;
        }
        try (var channel = FileChannel.open(file, StandardOpenOption.WRITE);
                var lock = channel.tryLock()) {
            return lock == null;
        }
    }

    private Path sibling(String kind) {
        String name = folder.getFileName() + "." + kind;
        var path = folder.resolveSibling(name);
        for (int i = 2; kind.equals("damaged") && Files.exists(path); i++) {
            path = folder.resolveSibling(name + "-" + i);
        }
        return path;
    }
}
