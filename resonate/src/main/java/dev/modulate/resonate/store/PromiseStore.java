package dev.modulate.resonate.store;

import dev.modulate.resonate.machine.Entry;
import dev.modulate.resonate.machine.Transition.Change;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Keeps promises so that no crash loses one. One thread commits; any thread reads.
 *
 * <p>Every method throws {@link StoreException} when the storage fails.
 */
public interface PromiseStore extends AutoCloseable {
    /** The entry as it was last committed. Its timers are void. */
    @Nullable
    Entry find(String id);

    /**
     * Makes durable changes durable, all or none. When it returns, they survive a crash of the process and the machine.
     *
     * @param changes in the order they happened; an id may come several times
     */
    void commit(List<Change> changes);

    /** Shows every pending entry. Called before anything is committed. */
    void recover(Consumer<Entry> pending);

    /**
     * Opens a view of what is committed now, in id order.
     *
     * @param after last id that is not wanted, or null to start at the first
     */
    Scan scan(@Nullable String after, boolean pendingOnly);

    /** True while the storage can be used. */
    boolean available();

    /** A view that does not change. Closed by whoever opened it; used by one thread at a time. */
    interface Scan extends AutoCloseable {
        /** The next entry, or null after the last. */
        @Nullable
        Entry next();

        @Override
        void close();
    }

    @Override
    void close();
}
