package dev.modulate.router.group;

import dev.modulate.resonate.protocol.Answer;
import dev.modulate.resonate.protocol.Reply;
import dev.modulate.resonate.protocol.Request;
import dev.modulate.resonate.protocol.Resonate;
import dev.modulate.resonate.protocol.Tags;
import dev.modulate.resonate.protocol.Task;
import dev.modulate.resonate.protocol.TaskState;
import dev.modulate.resonate.protocol.Value;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The epoch of a cell: the version of one durable task, owned by the router in charge while it renews the lease. Whoever
 * finds the lease free takes it, and with it a higher version. A router whose lease ended while it could not renew it
 * goes on if nobody had the epoch in between.
 *
 * <p>One thread of its own owns all state; the listener is called on it.
 */
public final class Epoch implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Epoch.class);

    /** The end of the year 9999: an epoch has no end of its own. */
    private static final long NEVER_MILLIS = 253_402_300_799_000L;

    /** A router that cannot ask for so many leases in a row lets go, so that its nodes look for another. */
    private static final int UNANSWERED_LEASES_MAX = 10;

    private static final int RAISES_MAX = 10_000;
    private static final Duration CLOSE_WAIT = Duration.ofSeconds(2);

    private final Resonate resonate;
    private final Member self;
    private final Duration lease;
    private final Listener listener;
    private final LongSupplier nanoTime;
    private final ScheduledExecutorService thread;
    private final String id;
    private long version;
    private long renewedNanos;

    /** The largest epoch that somebody knew of while this router was in charge. */
    private long seen;

    /** From a tick's question to the last answer that follows from it, so that no two of them decide at once. */
    private boolean asking;

    private boolean closed;

    /** Who acts on it. */
    public interface Listener {
        /** This router is in charge from now on. */
        void won(long epoch);

        /** It still is, under a higher epoch. */
        void raised(long epoch);

        /** It no longer is. */
        void lost();

        /** Somebody else is. */
        void elsewhere(String address);
    }

    /** @param lease time after which another router takes over from one that died */
    public Epoch(
            Resonate resonate, String cell, Member self, Duration lease, Listener listener, LongSupplier nanoTime) {
        this(resonate, cell, self, lease, listener, nanoTime, thread(cell));
    }

    Epoch(
            Resonate resonate,
            String cell,
            Member self,
            Duration lease,
            Listener listener,
            LongSupplier nanoTime,
            ScheduledExecutorService thread) {
        this.resonate = resonate;
        this.self = self;
        this.lease = lease;
        this.listener = listener;
        this.nanoTime = nanoTime;
        this.id = "router-epoch-" + cell;
        this.thread = thread;
    }

    /** Answers that come after its end are nobody's. */
    private static ScheduledExecutorService thread(String cell) {
        var factory =
                Thread.ofPlatform().name("router-epoch-" + cell).daemon(true).factory();
        var thread = new ScheduledThreadPoolExecutor(1, factory, new ThreadPoolExecutor.DiscardPolicy());
        thread.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
        return thread;
    }

    public void start() {
        long period = lease.toNanos() / 3;
        thread.scheduleWithFixedDelay(this::tick, 0, period, TimeUnit.NANOSECONDS);
    }

    /** Somebody knows of an epoch that is larger than ours: ours is over, or the store was set back. Any thread. */
    public void heardOf(long epoch) {
        thread.execute(() -> {
            if (version > 0 && epoch > version && epoch - version <= RAISES_MAX) {
                seen = Math.max(seen, epoch);
                if (!asking) {
                    asking = true;
                    verify();
                }
            }
        });
    }

    /** Gives the epoch back, so that another router need not wait for the end of the lease. */
    @Override
    public void close() {
        thread.execute(() -> {
            closed = true;
            if (version > 0) {
                resonate.send(new Request.TaskRelease(id, version));
                version = 0;
            }
        });
        thread.shutdown();
        try {
            thread.awaitTermination(CLOSE_WAIT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void tick() {
        if (closed) {
            return;
        }
        if (version > 0 && nanoTime.getAsLong() - renewedNanos > lease.toNanos() * UNANSWERED_LEASES_MAX) {
            lose("the store of promises does not answer");
        }
        if (asking) {
            return;
        }
        if (version > 0) {
            renew();
        } else {
            take();
        }
    }

    private void renew() {
        asking = true;
        var renewal = new Request.TaskHeartbeat(self.pid(), List.of(new Request.TaskVersion(id, version)));
        ask(renewal, reply -> verify());
    }

    /** What a renewal says is nothing: whether the lease is ours has to be asked. */
    private void verify() {
        long askedNanos = nanoTime.getAsLong();
        ask(new Request.TaskGet(id), reply -> {
            var task = task(reply);
            if (version == 0) {
                asking = false;
            } else if (task != null && isMine(task)) {
                renewedNanos = askedNanos;
                raiseOrRest();
            } else if (task != null && task.state() == TaskState.PENDING && task.version() == version) {
                take();
            } else if (task != null && hasMyName(task)) {
                // Taken by a question of ours whose answer was lost.
                granted(task.version());
            } else {
                lose("another router has taken over");
            }
        });
    }

    /** Takes the epoch if nobody has it. */
    private void take() {
        asking = true;
        ask(creation(), reply -> {
            if (reply instanceof Reply.Ok<Answer.Grant>(int status, Answer.Grant grant)
                    && grant.task().state() == TaskState.ACQUIRED) {
                granted(grant.task().version());
            } else {
                lookWhoHasIt();
            }
        });
    }

    private void granted(long next) {
        renewedNanos = nanoTime.getAsLong();
        long before = version;
        version = next;
        if (before == 0) {
            LOG.atInfo().addKeyValue("epoch", next).log("in charge of the cell");
            listener.won(next);
            asking = false;
        } else if (next == before + 1) {
            listener.raised(next);
            raiseOrRest();
        } else {
            version = before;
            lose("another router was in charge meanwhile");
        }
    }

    private void lookWhoHasIt() {
        ask(new Request.TaskGet(id), reply -> {
            asking = false;
            var task = task(reply);
            if (task == null || task.pid() == null) {
                return;
            }
            if (version > 0 && hasMyName(task)) {
                granted(task.version());
                return;
            }
            if (version > 0) {
                lose("another router has taken over");
            }
            String address = Member.addressOf(task.pid());
            if (address.equals(self.address())) {
                // An earlier start of this very router: it is gone, or this one could not have its address.
                asking = true;
                ask(new Request.TaskRelease(id, task.version()), released -> take());
            } else {
                listener.elsewhere(address);
            }
        });
    }

    /** Gives the epoch back and takes it again, one higher each time, until it is larger than all that are known. */
    private void raiseOrRest() {
        asking = seen >= version;
        if (asking) {
            LOG.atWarn().addKeyValue("epoch", version).addKeyValue("seen", seen).log("raising the epoch");
            ask(new Request.TaskRelease(id, version), released -> take());
        }
    }

    private void lose(String why) {
        LOG.atWarn().addKeyValue("epoch", version).addKeyValue("why", why).log("no longer in charge of the cell");
        version = 0;
        seen = 0;
        asking = false;
        listener.lost();
    }

    private boolean isMine(Task task) {
        return hasMyName(task) && task.version() == version;
    }

    private boolean hasMyName(Task task) {
        return task.state() == TaskState.ACQUIRED && self.pid().equals(task.pid());
    }

    private Request.TaskCreate creation() {
        var tags = Map.of(
                Tags.TARGET,
                "poll://any@" + id,
                Tags.SCOPE,
                "global",
                Tags.ORIGIN,
                id,
                Tags.BRANCH,
                id,
                Tags.PARENT,
                id);
        return new Request.TaskCreate(
                self.pid(), lease.toMillis(), new Request.PromiseCreate(id, NEVER_MILLIS, Value.EMPTY, tags));
    }

    private static @Nullable Task task(Reply<Answer.OfTask> reply) {
        return reply instanceof Reply.Ok<Answer.OfTask>(int status, Answer.OfTask found) ? found.task() : null;
    }

    /** Nothing is done about a question without an answer but to ask again at the next tick. */
    private <A> void ask(Request<A> request, Consumer<Reply<A>> answer) {
        resonate.send(request)
                .whenComplete((reply, failure) -> thread.execute(() -> {
                    if (closed) {
                        return;
                    }
                    if (failure == null) {
                        answer.accept(reply);
                    } else {
                        asking = false;
                    }
                }));
    }
}
