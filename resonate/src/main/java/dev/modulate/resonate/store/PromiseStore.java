package dev.modulate.resonate.store;

import dev.modulate.resonate.machine.Entry;
import dev.modulate.resonate.machine.Transition.Change;
import dev.modulate.resonate.protocol.Schedule;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Keeps promises so that no crash loses one. One thread commits; any thread reads.
 *
 * <p>Every method throws {@link StoreException} when the storage fails.
 */
public interface PromiseStore extends AutoCloseable {
    /** Members of a tree that are held in memory, and removed, at a time: a tree may have millions. */
    int MEMBERS_MAX = 2_000;

    /** The entry as it was last committed. Its timers are void. */
    @Nullable
    Entry find(String id);

    /** Those of the entries that exist, by id. */
    Map<String, Entry> findAll(Collection<String> ids);

    /** False when there is no such entry for certain, as memory alone knows. The storage is not read. */
    default boolean mayHave(String id) {
        return true;
    }

    /** True when a read costs a round trip to another process, so that callers look up many ids at once. */
    boolean remote();

    /**
     * The same entry, committed before, without what memory need not hold: a large param is read again when it is asked
     * for.
     */
    default Entry slim(Entry entry) {
        return Params.slim(this, entry);
    }

    /**
     * Makes durable changes durable, all or none. When it returns, they survive a crash of the process and the machine.
     *
     * @param changes in the order they happened; a promise or schedule may come several times
     */
    void commit(List<Change> changes);

    /**
     * Shows every pending entry, slim. Called before anything is committed, and again after a commit has failed; it then
     * makes the storage usable again where it can.
     */
    void recover(Consumer<Entry> pending);

    /** Every schedule. Called before anything is committed. */
    List<Schedule> schedules();

    /** Deletes everything, durably. Called by the thread that commits. */
    void clear();

    /**
     * Opens a view of what is committed now, or a little later, in id order.
     *
     * @param after last id that is not wanted, or null to start at the first
     */
    Scan scan(@Nullable String after, boolean pendingOnly);

    /**
     * Looks at the next records in id order for trees whose promises are all settled, the youngest before a time.
     *
     * @param after last id that was looked at, or null to start at the first
     * @param beforeMillis time before which the promises must be settled
     * @param recordsMax records to look at; members of trees that are found come on top, fewer than twice {@link
     *     #MEMBERS_MAX}
     */
    Sweep sweep(@Nullable String after, long beforeMillis, int recordsMax);

    /**
     * The next members of a tree that has {@link Tree#more}, when those that are known are removed. It is not looked at
     * whether they are settled: the sweep did that.
     */
    Tree rest(Tree part);

    /** Removes trees that a sweep has found and that nothing was added to since. A crash may bring them back. */
    void remove(List<Tree> trees);

    /**
     * A tree, or so many of its members as are removed at a time.
     *
     * @param id origin of its members
     * @param members ids of its promises
     * @param more whether there are others
     */
    record Tree(String id, List<String> members, boolean more) {
        public Tree(String id, List<String> members) {
            this(id, members, false);
        }
    }

    /**
     * @param trees what was found
     * @param next where the next sweep goes on; null after the last record
     */
    record Sweep(List<Tree> trees, @Nullable String next) {}

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
