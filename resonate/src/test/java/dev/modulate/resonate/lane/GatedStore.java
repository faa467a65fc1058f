package dev.modulate.resonate.lane;

import dev.modulate.resonate.machine.Entry;
import dev.modulate.resonate.machine.Transition.Change;
import dev.modulate.resonate.protocol.Schedule;
import dev.modulate.resonate.store.PromiseStore;
import dev.modulate.resonate.store.StoreException;
import java.io.IOException;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The real store, with commits that can be held back and made to fail, and faults that nobody expects. */
final class GatedStore implements PromiseStore {
    final Semaphore gate = new Semaphore(1_000);
    volatile boolean fail;

    /** What each commit, read and scan throws, until it is null again. */
    volatile @Nullable RuntimeException fault;

    /** Reads of this id alone throw. */
    volatile @Nullable String unfit;

    volatile boolean remote;

    /** Scans wait for it. */
    volatile CountDownLatch scans = new CountDownLatch(0);

    private final PromiseStore store;

    GatedStore(PromiseStore store) {
        this.store = store;
    }

    @Override
    public @Nullable Entry find(String id) {
        if (id.equals(unfit)) {
            throw new IllegalStateException("unfit: " + id);
        }
        return store.find(id);
    }

    @Override
    public void commit(List<Change> changes) {
        gate.acquireUninterruptibly();
        failUnexpectedly();
        if (fail) {
            throw new StoreException("no space left on device", new IOException("test"));
        }
        store.commit(changes);
    }

    @Override
    public void recover(Consumer<Entry> pending) {
        store.recover(pending);
    }

    @Override
    public List<Schedule> schedules() {
        return store.schedules();
    }

    @Override
    public void clear() {
        store.clear();
    }

    @Override
    public Scan scan(@Nullable String after, boolean pendingOnly) {
        failUnexpectedly();
        var scan = store.scan(after, pendingOnly);
        return new Scan() {
            @Override
            public @Nullable Entry next() {
                try {
                    scans.await();
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
                return scan.next();
            }

            @Override
            public void close() {
                scan.close();
            }
        };
    }

    @Override
    public Map<String, Entry> findAll(Collection<String> ids) {
        failUnexpectedly();
        return store.findAll(ids);
    }

    @Override
    public boolean remote() {
        return remote || store.remote();
    }

    @Override
    public Sweep sweep(@Nullable String after, long beforeMillis, int recordsMax) {
        return store.sweep(after, beforeMillis, recordsMax);
    }

    @Override
    public Tree rest(Tree part) {
        return store.rest(part);
    }

    @Override
    public void remove(List<Tree> trees) {
        store.remove(trees);
    }

    @Override
    public boolean available() {
        return store.available();
    }

    @Override
    public void close() {
        store.close();
    }

    private void failUnexpectedly() {
        var thrown = fault;
        if (thrown != null) {
            throw thrown;
        }
    }
}
