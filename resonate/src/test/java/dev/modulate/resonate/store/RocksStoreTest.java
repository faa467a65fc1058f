package dev.modulate.resonate.store;

import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

class RocksStoreTest extends PromiseStoreContract {
    @TempDir
    private Path folder;

    @Override
    protected PromiseStore open() {
        return RocksStore.open(folder);
    }
}
