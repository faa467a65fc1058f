package dev.modulate.api.waiting;

import dev.modulate.api.promise.Promises;
import dev.modulate.resonate.protocol.Message;
import dev.modulate.resonate.protocol.Promise;
import dev.modulate.resonate.protocol.Resonate;
import dev.modulate.router.v1.DispatchPlaced;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;

/**
 * All who wait, by promise. An end is pushed, or told by a router, or found by one of two timers that {@link #tick}
 * drives for all at once: a wait that lasts registers a listener, again and again; and a promise whose deadline has
 * passed is read.
 *
 * <p>For any thread. The map guards its entries; nobody is called from inside it.
 */
public final class Waiters implements Resonate.Inbox {
    /** A wait shorter than this registers no listener: a server delivers few messages a second. */
    static final Duration LISTEN_AFTER = Duration.ofSeconds(1);

    /** Messages get lost: a listener is registered again after this. */
    static final Duration LISTEN_AGAIN = Duration.ofSeconds(30);

    /** After its deadline a promise is read this often until it is settled. */
    private static final Duration READ_AGAIN = Duration.ofSeconds(1);

    private static final int LISTENERS_PER_TICK_MAX = 100;

    private final Map<String, Entry> entries = new ConcurrentHashMap<>();
    private final AtomicInteger size = new AtomicInteger();
    private final int waitersMax;
    private final Promises promises;
    private final String listenerAddress;
    private final InstantSource clock;
    private final LongSupplier nanoTime;

    /** Those who wait for one promise. The list is replaced inside the map's compute; the times belong to the tick. */
    private static final class Entry {
        private volatile List<Waiter> waiters = List.of();
        private volatile long timeoutAtMillis;
        private volatile long listenAtNanos;
        private volatile long readAtMillis;
        private volatile boolean listening;

        Entry(long timeoutAtMillis, long listenAtNanos) {
            this.timeoutAtMillis = timeoutAtMillis;
            this.listenAtNanos = listenAtNanos;
            this.readAtMillis = timeoutAtMillis;
        }
    }

    /** @param listenerAddress where the Resonate server sends what this process listens for */
    public Waiters(
            int waitersMax, Promises promises, String listenerAddress, InstantSource clock, LongSupplier nanoTime) {
        this.waitersMax = waitersMax;
        this.promises = promises;
        this.listenerAddress = listenerAddress;
        this.clock = clock;
        this.nanoTime = nanoTime;
    }

    public int size() {
        return size.get();
    }

    /**
     * @param timeoutAtMillis when the promise times out, as far as known; {@link Long#MAX_VALUE} until somebody has read it
     * @return false when too many wait already
     */
    public boolean add(String taskId, long timeoutAtMillis, Waiter waiter) {
        if (size.incrementAndGet() > waitersMax) {
            size.decrementAndGet();
            return false;
        }
        entries.compute(taskId, (_, known) -> {
            var entry =
                    known == null ? new Entry(timeoutAtMillis, nanoTime.getAsLong() + LISTEN_AFTER.toNanos()) : known;
            entry.waiters = with(entry.waiters, waiter);
            return entry;
        });
        return true;
    }

    /** The caller is gone. Harmless when the waiter is forgotten already. */
    public boolean remove(String taskId, Waiter waiter) {
        var removed = new boolean[1];
        entries.computeIfPresent(taskId, (_, entry) -> {
            var left = without(entry.waiters, waiter);
            removed[0] = left.size() < entry.waiters.size();
            entry.waiters = left;
            return left.isEmpty() ? null : entry;
        });
        if (removed[0]) {
            size.decrementAndGet();
        }
        return removed[0];
    }

    public boolean waitsFor(String taskId) {
        return entries.containsKey(taskId);
    }

    /** Tells all who wait for it. */
    public void ended(String taskId, Waiter.End end) {
        var entry = entries.remove(taskId);
        if (entry != null) {
            var told = entry.waiters;
            size.addAndGet(-told.size());
            told.forEach(waiter -> waiter.ended(end));
        }
    }

    public void placed(String taskId, DispatchPlaced placed) {
        var entry = entries.get(taskId);
        if (entry != null) {
            entry.waiters.forEach(waiter -> waiter.placed(placed));
        }
    }

    public void routerConnected() {
        entries.values().forEach(entry -> entry.waiters.forEach(Waiter::routerConnected));
    }

    /** Somebody says that it is settled: reads it, and tells all who wait. */
    public void read(String taskId) {
        if (entries.containsKey(taskId)) {
            promises.get(taskId).thenAccept(found -> found.ifPresent(this::found));
        }
    }

    /** Messages were lost: whoever listened listens again. */
    @Override
    public void connected() {
        long now = nanoTime.getAsLong();
        entries.values().stream().filter(entry -> entry.listening).forEach(entry -> entry.listenAtNanos = now);
    }

    @Override
    public void accept(Message message) {
        if (message instanceof Message.Unblock unblock) {
            found(unblock.promise());
        }
    }

    /** Does what is due. For one thread. */
    public void tick() {
        long now = nanoTime.getAsLong();
        long nowMillis = clock.millis();
        int listeners = 0;
        for (var each : entries.entrySet()) {
            var entry = each.getValue();
            expire(each.getKey(), entry, now);
            if (nowMillis >= entry.readAtMillis) {
                entry.readAtMillis = nowMillis + READ_AGAIN.toMillis();
                read(each.getKey());
            } else if (now - entry.listenAtNanos >= 0 && listeners < LISTENERS_PER_TICK_MAX) {
                listeners++;
                entry.listenAtNanos = now + LISTEN_AGAIN.toNanos();
                entry.listening = true;
                promises.listen(each.getKey(), listenerAddress).thenAccept(found -> found.ifPresent(this::found));
            }
        }
    }

    private void expire(String taskId, Entry entry, long now) {
        for (Waiter waiter : entry.waiters) {
            long until = waiter.untilNanos();
            if (until != Waiter.NEVER && now - until >= 0 && remove(taskId, waiter)) {
                waiter.expired();
            }
        }
    }

    /** Somebody has read it: if it is settled, tells all who wait; else its deadline is known for certain. */
    public void found(Promise promise) {
        if (promise.state().settled()) {
            ended(promise.id(), new Waiter.End.Read(promise));
            return;
        }
        var entry = entries.get(promise.id());
        if (entry != null && entry.timeoutAtMillis != promise.timeoutAtMillis()) {
            entry.timeoutAtMillis = promise.timeoutAtMillis();
            entry.readAtMillis = promise.timeoutAtMillis();
        }
    }

    private static List<Waiter> with(List<Waiter> waiters, Waiter more) {
        if (waiters.isEmpty()) {
            return List.of(more);
        }
        var all = new ArrayList<>(waiters);
        all.add(more);
        return List.copyOf(all);
    }

    private static List<Waiter> without(List<Waiter> waiters, Waiter less) {
        return waiters.stream().filter(waiter -> !waiter.equals(less)).toList();
    }
}
