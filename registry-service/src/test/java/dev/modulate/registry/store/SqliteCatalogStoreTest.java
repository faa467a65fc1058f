package dev.modulate.registry.store;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.InstantSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SqliteCatalogStoreTest extends CatalogStoreContract {
    @Override
    CatalogStore newStore(Path folder) {
        return new SqliteCatalogStore(folder.resolve("catalogue.db"), CHANGES_MAX, InstantSource.fixed(START));
    }

    @Test
    void aSecondRegistryIsLockedOut(@TempDir Path shared) {
        try (var first = newStore(shared);
                var second = newStore(shared)) {
            first.open();
            assertThatThrownBy(second::open)
                    .hasMessageContaining("one registry at a time")
                    .hasStackTraceContaining("locked");
        }
    }
}
