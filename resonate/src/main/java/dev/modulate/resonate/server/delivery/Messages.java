package dev.modulate.resonate.server.delivery;

import dev.modulate.observability.link.Backoff;
import dev.modulate.resonate.embedded.PollGroups;
import dev.modulate.resonate.embedded.Receipt;
import dev.modulate.resonate.lane.Deliveries;
import dev.modulate.resonate.machine.Delivery;
import dev.modulate.resonate.protocol.Message;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes messages to where they are addressed, as soon as what caused them is durable.
 *
 * <p>Execute messages are tried once: the task's own retry timer sends them again. Unblock messages are tried until the
 * listener has them, with growing pauses; {@link #TRIES_MAX} times when it is not there, about a minute, after which a
 * listener that is still alive has registered again. Where it is there and only has no room, no try counts.
 *
 * <p>One thread does all of it, so that a receiver is never called twice at a time.
 */
public final class Messages implements Deliveries, AutoCloseable {
    static final int TRIES_MAX = 12;

    /** Execute messages that may wait for the thread; what is more is left to the tasks' retry timers. */
    static final int EXECUTES_MAX = 20_000;

    /** Unblock messages that may wait for their first try or their next. */
    static final int UNBLOCKS_MAX = 100_000;

    /** Characters of the promises in those. */
    static final long UNBLOCK_CHARS_MAX = 64L << 20;

    private static final Backoff PAUSES = new Backoff(Duration.ofMillis(200), Duration.ofSeconds(10));
    private static final String WAITING = "modulate.resonate.messages.waiting";
    private static final Logger LOG = LoggerFactory.getLogger(Messages.class);

    private final PollGroups groups;
    private final HttpPush push;
    private final RandomGenerator random;
    private final MessageMeters counts;
    private final Backoff pauses;
    private final AtomicInteger executes = new AtomicInteger();
    private final AtomicInteger unblocks = new AtomicInteger();
    private final AtomicLong unblockChars = new AtomicLong();
    private final AtomicInteger waiting = new AtomicInteger();
    private final ScheduledThreadPoolExecutor thread;

    /**
     * An unblock message on its way.
     *
     * @param tries that count, with this one
     * @param pauses tries of all kinds, with this one
     */
    private record Attempt(Delivery delivery, long chars, int tries, int pauses) {
        Attempt later(int more) {
            return new Attempt(delivery, chars, tries + more, pauses + 1);
        }
    }

    public Messages(PollGroups groups, HttpPush push, RandomGenerator random, MeterRegistry meters) {
        this(groups, push, random, meters, PAUSES);
    }

    /** @param pauses before an unblock message is tried again */
    Messages(PollGroups groups, HttpPush push, RandomGenerator random, MeterRegistry meters, Backoff pauses) {
        this.pauses = pauses;
        this.groups = groups;
        this.push = push;
        this.random = random;
        this.counts = new MessageMeters(meters);
        this.thread = new ScheduledThreadPoolExecutor(
                1, Thread.ofPlatform().name("resonate-messages").daemon().factory());
        this.thread.setRemoveOnCancelPolicy(true);
        Gauge.builder(WAITING, waiting, AtomicInteger::get)
                .description("Unblock messages whose listener does not have them yet")
                .register(meters);
    }

    @Override
    public void deliver(Delivery delivery) {
        switch (delivery.message()) {
            case Message.Execute execute -> execute(delivery);
            case Message.Unblock unblock -> {
                var attempt = new Attempt(delivery, unblock.promise().chars(), 1, 1);
                if (hold(attempt)) {
                    run(() -> start(attempt), Duration.ZERO);
                }
            }
        }
    }

    private void execute(Delivery delivery) {
        if (executes.incrementAndGet() > EXECUTES_MAX) {
            executes.decrementAndGet();
            counts.lost(delivery.message());
            return;
        }
        run(
                () -> {
                    executes.decrementAndGet();
                    send(delivery).whenComplete((receipt, failure) -> {
                        switch (failure == null ? receipt : Receipt.MISSED) {
                            case TAKEN -> counts.taken(delivery.message());
                            case REFUSED -> counts.refused(delivery.message());
                            case BUSY -> counts.busy(delivery.message());
                            case MISSED -> counts.lost(delivery.message());
                        }
                    });
                },
                Duration.ZERO);
    }

    /** Unblock messages that wait for their next try. */
    int waiting() {
        return waiting.get();
    }

    private void run(Runnable work, Duration pause) {
        try {
            thread.schedule(
                    () -> {
                        try {
                            work.run();
                        } catch (RuntimeException e) {
                            LOG.atError().setCause(e).log("a message could not be delivered");
                        }
                    },
                    pause.toNanos(),
                    TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException e) {
            LOG.atDebug().log("a message is lost: the server is closing");
        }
    }

    /** Counts what waits. False when there is too much of it, and the message is lost. */
    private boolean hold(Attempt attempt) {
        boolean room = unblocks.incrementAndGet() <= UNBLOCKS_MAX;
        room &= unblockChars.addAndGet(attempt.chars()) <= UNBLOCK_CHARS_MAX;
        if (!room) {
            letGo(attempt);
            counts.lost(attempt.delivery().message());
        }
        return room;
    }

    private void letGo(Attempt attempt) {
        unblocks.decrementAndGet();
        unblockChars.addAndGet(-attempt.chars());
    }

    /** While it is under way, the receiver's own limits hold it. */
    private void start(Attempt attempt) {
        letGo(attempt);
        var message = attempt.delivery().message();
        send(attempt.delivery()).whenComplete((receipt, failure) -> {
            switch (failure == null ? receipt : Receipt.MISSED) {
                case TAKEN -> counts.taken(message);
                case REFUSED -> counts.refused(message);
                case BUSY -> {
                    counts.busy(message);
                    again(attempt.later(0));
                }
                case MISSED -> {
                    if (attempt.tries() == TRIES_MAX) {
                        counts.lost(message);
                    } else {
                        again(attempt.later(1));
                    }
                }
            }
        });
    }

    private void again(Attempt next) {
        if (!hold(next)) {
            return;
        }
        waiting.incrementAndGet();
        run(
                () -> {
                    waiting.decrementAndGet();
                    counts.repeated(next.delivery().message());
                    start(next);
                },
                pauses.pause(next.pauses() - 1, random));
    }

    private CompletableFuture<Receipt> send(Delivery delivery) {
        return HttpPush.serves(delivery.address()) ? push.offer(delivery) : groups.offer(delivery);
    }

    /** Drops what waits. */
    @Override
    public void close() {
        thread.shutdownNow();
        push.close();
    }
}
