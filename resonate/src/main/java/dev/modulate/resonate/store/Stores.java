package dev.modulate.resonate.store;

import dev.modulate.resonate.store.postgres.PostgresStore;
import java.nio.file.Path;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Opens the store that a setting names. */
public final class Stores {
    /** What a location must look like; for settings to check before anything is opened. */
    public static final Pattern LOCATION = Pattern.compile("rocksdb:.+|postgres(ql)?://.+");

    private static final String ROCKSDB = "rocksdb:";

    private Stores() {}

    /**
     * Opens a store, which is made if need be.
     *
     * @param location {@code rocksdb:DIR} or {@code postgresql://[user[:password]@]host[:port]/database[?parameters]}
     * @param password for PostgreSQL, so that it need not stand in the location; null for none
     * @throws StoreException when the storage cannot be used or is damaged
     * @throws IllegalArgumentException when the location is none of these
     */
    public static PromiseStore open(String location, @Nullable String password) {
        if (!LOCATION.matcher(location).matches()) {
            throw new IllegalArgumentException(
                    "store: " + location + " (expected: rocksdb:DIR or postgresql://[user@]host[:port]/database)");
        }
        if (location.startsWith(ROCKSDB)) {
            return RocksStore.open(Path.of(location.substring(ROCKSDB.length())));
        }
        return PostgresStore.open(location, password);
    }
}
