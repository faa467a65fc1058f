package dev.modulate.resonate.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The files of a RocksDB store, looked at before and after the engine opens them. */
record RocksFolder(Path path) {
    private static final String CURRENT = "CURRENT";

    /**
     * Refuses what the engine would silently drop: damage in a log that it takes for a torn end, and a folder without the
     * file that says which state is the current one, in which it would begin anew.
     */
    void check() throws IOException {
        if (!Files.exists(path.resolve(CURRENT))) {
            if (!files("MANIFEST-").isEmpty() || !logs().isEmpty() || !tables().isEmpty()) {
                throw new DamagedStoreException(path, "file " + path.resolve(CURRENT) + " is missing", null);
            }
            return;
        }
        check(manifest());
        for (var log : logs()) {
            check(log);
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
        return files(".log");
    }

    List<Path> tables() throws IOException {
        return files(".sst");
    }

    private List<Path> files(String part) throws IOException {
        try (var files = Files.list(path)) {
            return files.filter(file -> file.getFileName().toString().contains(part))
                    .sorted()
                    .toList();
        }
    }
}
