package dev.modulate.resonate.store.postgres;

import dev.modulate.resonate.machine.Entry;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which ids may be in the database, so that nobody asks it for a new one. Only the owner of the shards inserts: the ids that
 * were there when it took them and those that it has sent since are all there can be.
 *
 * <p>The ids of before are read into a {@link IdFilter filter} by a thread of its own, and until all are read any id may be
 * there. What was removed stays in the filter, so after many new ones a second filter is filled and takes its place. One
 * thread {@link #read reads}, one commits, any asks.
 */
final class KnownIds {
    /** New ids after which the filter is made anew. */
    private static final int ADDED_MAX = 16_000_000;

    /** With more a filter is no help: not worth reading on. */
    private static final int READ_MAX = 48_000_000;

    private static final long PAUSE_MILLIS = 1_000;
    private static final int PAGE_ROWS = 10_000;

    /** Each page is a look of its own, so that nothing that has died meanwhile is kept for it. */
    private static final String PAGE = "select id from resonate_promise where id > ? order by id limit " + PAGE_ROWS;

    private static final Logger LOG = LoggerFactory.getLogger(KnownIds.class);

    private final int addedMax;

    /** Has all ids; null until they are read. */
    private volatile @Nullable IdFilter whole;

    /** Is being filled; null when none is. */
    private volatile @Nullable Filling next = new Filling();

    /** Held while a filter becomes whole or is given up, so that it is not both. */
    private final ReentrantLock lock = new ReentrantLock();

    /** Of the thread that commits. */
    private int added;

    /** A filter that the ids in the database are read into. */
    private static final class Filling {
        final IdFilter filter = new IdFilter();

        /** Those of the thread that reads. */
        String last = "";

        int read;
    }

    KnownIds() {
        this(ADDED_MAX);
    }

    KnownIds(int addedMax) {
        this.addedMax = addedMax;
    }

    /** False when the database certainly has no such id. */
    boolean mayHave(String id) {
        var filter = whole;
        return filter == null || filter.mayHave(id);
    }

    /** Promises are about to be created. Whether a commit has arrived is not known when its answer is lost. */
    void sending(List<Entry> born) {
        // In this order: what is filled now is whole then.
        var filling = next;
        var filter = whole;
        for (var entry : born) {
            if (filling != null) {
                filling.filter.add(entry.id());
            }
            if (filter != null) {
                filter.add(entry.id());
            }
        }
        added += born.size();
    }

    /** A commit was answered, so none is on its way: what a new filter does not hear of is there to be read. */
    void sent() {
        if (added >= addedMax && next == null) {
            fill();
        }
    }

    private void fill() {
        added = 0;
        next = new Filling();
    }

    /**
     * An id that was known to be new was not: a mistake of ours, which must not stay. Called by the thread that commits.
     */
    void doubt() {
        lock.lock();
        try {
            whole = null;
            // Also when one is being filled: the mistake may be in it.
            fill();
        } finally {
            lock.unlock();
        }
    }

    /** The database was emptied. Called by the thread that commits. */
    void clear() {
        var filling = next;
        var filter = whole;
        if (filling != null) {
            filling.filter.clear();
        }
        if (filter != null) {
            filter.clear();
        }
    }

    /** Reads whenever there is something to read, until the store is closed. */
    void read(Readers readers, CountDownLatch closing) {
        try {
            do {
                readAll(readers, closing);
            } while (!closing.await(PAUSE_MILLIS, TimeUnit.MILLISECONDS));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void readAll(Readers readers, CountDownLatch closing) {
        try {
            boolean more = true;
            while (more && closing.getCount() > 0) {
                more = readers.read(this::read);
            }
        } catch (SQLException e) {
            // The store's watch says what is wrong; until it is over any id may be there.
            LOG.atDebug().setCause(e).log("ids are read later");
        }
    }

    /** Reads some of the ids that are there. False when there is nothing to read, for now. */
    boolean read(Connection connection) throws SQLException {
        var filling = next;
        if (filling == null) {
            return false;
        }
        int rows = 0;
        try (var select = connection.prepareStatement(PAGE)) {
            select.setString(1, filling.last);
            try (ResultSet ids = select.executeQuery()) {
                for (; ids.next(); rows++) {
                    filling.last = ids.getString(1);
                    filling.filter.add(filling.last);
                }
            }
        }
        filling.read += rows;
        if (rows == PAGE_ROWS && filling.read < READ_MAX) {
            return true;
        }
        return !ended(filling, rows < PAGE_ROWS);
    }

    /** @return false when it was doubted meanwhile, and another is to be filled */
    private boolean ended(Filling filling, boolean all) {
        lock.lock();
        try {
            if (next != filling) {
                return false;
            }
            if (all) {
                whole = filling.filter;
            }
            next = null;
        } finally {
            lock.unlock();
        }
        LOG.atInfo()
                .addKeyValue("ids", filling.read)
                .log(
                        all
                                ? "new ids are known without the database"
                                : "too many ids to know new ones without the database");
        return true;
    }
}
