package dev.modulate.resonate.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** The files of a RocksDB store, looked at before and after the engine opens them. */
record RocksFolder(Path path) {
    private static final String CURRENT = "CURRENT";

    /**
     * Refuses what the engine would silently drop: damage in a log that it takes for a torn end, a newest log that is missing,
     * and a folder without the file that says which state is the current one, in which it would begin anew.
     */
    void check() throws IOException {
        if (!Files.exists(path.resolve(CURRENT))) {
            if (!files("MANIFEST-.*").isEmpty()
                    || !logs().isEmpty()
                    || !tables().isEmpty()
                    || Files.exists(path.resolve(NewestLog.FILE))) {
                throw new DamagedStoreException(path, "file " + path.resolve(CURRENT) + " is missing", null);
            }
            return;
        }
        check(manifest());
        for (var log : logs()) {
            check(log);
        }
        var missing = NewestLog.missing(this);
        if (missing != null) {
            throw new DamagedStoreException(path, missing, null);
        }
    }

    private void check(Path log) throws IOException {
        var damage = new LogFile(log).damage();
        if (damage != null) {
            throw new DamagedStoreException(
                    path, "file " + log + ", byte " + damage.offset() + ": " + damage.what(), null);
        }
    }

    private Path manifest() throws IOException {
        // Read as bytes: when damaged they need not be text.
        String name =
                new String(Files.readAllBytes(path.resolve(CURRENT)), java.nio.charset.StandardCharsets.ISO_8859_1);
        if (!name.matches("MANIFEST-\\d+\\n") || !Files.exists(path.resolve(name.strip()))) {
            throw new DamagedStoreException(
                    path, "file " + path.resolve(CURRENT) + " does not name a manifest that exists", null);
        }
        return path.resolve(name.strip());
    }

    /** Write-ahead logs, the oldest first. */
    List<Path> logs() throws IOException {
        return numbered("log");
    }

    /** Where the log of a number lies. */
    Path log(long number) {
        return path.resolve(String.format(Locale.ROOT, "%06d.log", number));
    }

    /** The number that the engine gave a file, which a later one's exceeds. */
    static long number(Path file) {
        String name = file.getFileName().toString();
        return Long.parseLong(name.substring(0, name.indexOf('.')));
    }

    List<Path> tables() throws IOException {
        return numbered("sst");
    }

    private List<Path> numbered(String kind) throws IOException {
        return files("\\d{1,18}\\." + kind).stream()
                .sorted(Comparator.comparingLong(RocksFolder::number))
                .toList();
    }

    private List<Path> files(String pattern) throws IOException {
        try (var files = Files.list(path)) {
            return files.filter(file -> file.getFileName().toString().matches(pattern))
                    .toList();
        }
    }
}
