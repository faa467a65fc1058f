package dev.modulate.resonate.store;

import static dev.modulate.resonate.store.Samples.changed;
import static dev.modulate.resonate.store.Samples.created;
import static dev.modulate.resonate.store.Samples.pending;
import static dev.modulate.resonate.store.Samples.settled;
import static dev.modulate.resonate.store.Samples.tasked;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.modulate.resonate.machine.Entry;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.RocksDBException;

class RocksStoreTest extends PromiseStoreContract {
    @TempDir
    private Path folder;

    @Override
    protected PromiseStore open() {
        return RocksStore.open(folder);
    }

    /** Before there were lists of what is pending, each pending promise had a state of its own. */
    @Test
    void readsWhatEarlierVersionsWrote(@TempDir Path old) throws RocksDBException {
        try (var engine = RocksEngine.open(old)) {
            asBefore(engine, pending("plain"), engine.pending);
            asBefore(engine, tasked("tasked"), engine.pending);
            asBefore(engine, settled(pending("done"), "v", 2_000), engine.settled);
        }
        try (var store = RocksStore.open(old)) {
            assertThat(recovered(store)).containsExactly(pending("plain"), tasked("tasked"));
            store.commit(List.of(changed(settled(pending("plain"), "v", 3_000)), created(pending("new"))));
        }
        try (var store = RocksStore.open(old)) {
            assertThat(recovered(store)).containsExactly(pending("new"), tasked("tasked"));
            assertThat(store.find("plain")).isEqualTo(settled(pending("plain"), "v", 3_000));
            assertThat(store.find("done")).isEqualTo(settled(pending("done"), "v", 2_000));
        }
    }

    private static void asBefore(RocksEngine engine, Entry entry, ColumnFamilyHandle family) throws RocksDBException {
        engine.database.put(engine.origins, RocksStore.key(entry.id()), RecordCodec.origin(entry.origin()));
        engine.database.put(family, RocksStore.key(entry.id()), RecordCodec.state(entry));
    }

    private static List<Entry> recovered(PromiseStore store) {
        var entries = new ArrayList<Entry>();
        store.recover(entries::add);
        return entries;
    }

    @Test
    void doesNotCommitBeforeItKnowsWhatIsPending(@TempDir Path unread) {
        try (var store = RocksStore.open(unread)) {
            assertThatThrownBy(() -> store.commit(List.of(created(pending("a")))))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("before what is pending was recovered");
        }
    }
}
