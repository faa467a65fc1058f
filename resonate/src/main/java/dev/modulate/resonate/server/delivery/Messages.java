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
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes messages to where they are addressed, as soon as what caused them is durable.
 *
 * <p>Execute messages are tried once: the task's own retry timer sends them again. Unblock messages are tried until the
 * listener has them, with growing pauses, {@link #TRIES_MAX} times at most: about a minute, after which a listener that
 * is still there has registered again.
 *
 * <p>One thread does all of it, so that a receiver is never called twice at a time.
 */
public final class Messages implements Deliveries, AutoCloseable {
    static final int TRIES_MAX = 12;

    /** Messages that may wait for the thread, and unblock messages that may wait for their next try. */
    static final int WAITING_MAX = 20_000;

    /** Characters of the promises that wait for their next try. */
    static final long WAITING_CHARS_MAX = 32L << 20;

    private static final Backoff PAUSES = new Backoff(Duration.ofMillis(200), Duration.ofSeconds(10));
    private static final String WAITING = "modulate.resonate.messages.waiting";
    private static final Logger LOG = LoggerFactory.getLogger(Messages.class);

    private final PollGroups groups;
    private final HttpPush push;
    private final RandomGenerator random;
    private final MessageMeters counts;
    private final AtomicInteger queued = new AtomicInteger();
    private final AtomicInteger waiting = new AtomicInteger();
    private final AtomicLong waitingChars = new AtomicLong();
    private final ScheduledThreadPoolExecutor thread;

    public Messages(PollGroups groups, HttpPush push, RandomGenerator random, MeterRegistry meters) {
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
        if (queued.incrementAndGet() > WAITING_MAX) {
            queued.decrementAndGet();
            counts.lost(delivery.message());
            return;
        }
        run(
                () -> {
                    queued.decrementAndGet();
                    attempt(delivery, 1);
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

    private void attempt(Delivery delivery, int tries) {
        send(delivery).whenComplete((receipt, failure) -> {
            switch (failure == null ? receipt : Receipt.MISSED) {
                case TAKEN -> counts.taken(delivery.message());
                case REFUSED -> counts.refused(delivery.message());
                case MISSED -> missed(delivery, tries);
            }
        });
    }

    private CompletableFuture<Receipt> send(Delivery delivery) {
        return HttpPush.serves(delivery.address()) ? push.offer(delivery) : groups.offer(delivery);
    }

    private void missed(Delivery delivery, int tries) {
        if (!(delivery.message() instanceof Message.Unblock unblock) || tries == TRIES_MAX) {
            counts.lost(delivery.message());
            return;
        }
        long chars = length(unblock.promise().param().data())
                + length(unblock.promise().value().data());
        boolean room = waiting.incrementAndGet() <= WAITING_MAX;
        room &= waitingChars.addAndGet(chars) <= WAITING_CHARS_MAX;
        if (!room) {
            forget(chars);
            counts.lost(delivery.message());
            return;
        }
        run(
                () -> {
                    forget(chars);
                    counts.repeated(delivery.message());
                    attempt(delivery, tries + 1);
                },
                PAUSES.pause(tries, random));
    }

    private void forget(long chars) {
        waiting.decrementAndGet();
        waitingChars.addAndGet(-chars);
    }

    private static long length(@Nullable String text) {
        return text == null ? 0 : text.length();
    }

    /** Drops what waits. */
    @Override
    public void close() {
        thread.shutdownNow();
        push.close();
    }
}
