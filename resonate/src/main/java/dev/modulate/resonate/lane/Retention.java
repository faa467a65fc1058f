package dev.modulate.resonate.lane;

import dev.modulate.resonate.store.PromiseStore;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Removes trees of promises whose last one was settled long ago, a bounded number of records at a time, on a thread of its
 * own.
 */
public final class Retention implements AutoCloseable {
    /** Records looked at in one pass: some milliseconds of work, after which others have their turn. */
    private static final int RECORDS_MAX = 2_000;

    private static final long PAUSE_MILLIS_MIN = 10;
    private static final long PAUSE_MILLIS_MAX = 10_000;

    /** Pauses are so many times as long as the pass before: a fifth of the time goes to this at most. */
    private static final long PAUSE_SHARES = 4;

    /** After everything was looked at. */
    private static final long REST_MILLIS = 60_000;

    private static final Logger LOG = LoggerFactory.getLogger(Retention.class);

    private final PromiseLane lane;
    private final PromiseStore store;
    private final Duration keep;
    private final InstantSource clock;
    private final CountDownLatch closing = new CountDownLatch(1);
    private final LongAdder removed = new LongAdder();
    private final Thread thread = Thread.ofVirtual().name("resonate-retention").unstarted(this::run);
    private @Nullable String after;
    private long began;

    /** @param keep how long settled promises stay; zero for ever */
    public Retention(PromiseLane lane, PromiseStore store, Duration keep, InstantSource clock) {
        this.lane = lane;
        this.store = store;
        this.keep = keep;
        this.clock = clock;
    }

    public void start() {
        if (keep.isPositive()) {
            thread.start();
        }
    }

    /** Promises removed since the start. */
    public long removed() {
        return removed.sum();
    }

    private void run() {
        try {
            long pause = PAUSE_MILLIS_MIN;
            while (!closing.await(pause, TimeUnit.MILLISECONDS)) {
                began = clock.millis();
                boolean more = pass();
                pause = more ? pauseMillis(clock.millis() - began) : Math.min(REST_MILLIS, keep.toMillis());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** @param tookMillis until what the pass found was removed durably */
    static long pauseMillis(long tookMillis) {
        return Math.clamp(PAUSE_SHARES * tookMillis, PAUSE_MILLIS_MIN, PAUSE_MILLIS_MAX);
    }

    /** Looks at the next records. False after the last. */
    boolean pass() {
        try {
            removed.add(lane.retire(this::look, this::rest));
        } catch (RuntimeException e) {
            LOG.atWarn().setCause(e).log("old promises could not be looked for");
            return false;
        }
        return after != null;
    }

    private List<PromiseStore.Tree> look() {
        var sweep = store.sweep(after, clock.millis() - keep.toMillis(), RECORDS_MAX);
        after = sweep.next();
        return sweep.trees();
    }

    /** A large tree goes in parts, with pauses as between passes. */
    private PromiseStore.Tree rest(PromiseStore.Tree part) {
        try {
            if (closing.await(pauseMillis(clock.millis() - began), TimeUnit.MILLISECONDS)) {
                return new PromiseStore.Tree(part.id(), List.of());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new PromiseStore.Tree(part.id(), List.of());
        }
        began = clock.millis();
        return store.rest(part);
    }

    @Override
    public void close() {
        closing.countDown();
        thread.interrupt();
    }
}
