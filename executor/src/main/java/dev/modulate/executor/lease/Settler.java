package dev.modulate.executor.lease;

import dev.modulate.executor.lane.Lane;
import dev.modulate.executor.lease.Settlement.End;
import dev.modulate.observability.link.Backoff;
import dev.modulate.resonate.protocol.Answer;
import dev.modulate.resonate.protocol.Promise;
import dev.modulate.resonate.protocol.Reply;
import dev.modulate.resonate.protocol.Request;
import dev.modulate.resonate.protocol.Resonate;
import dev.modulate.resonate.protocol.Task;
import dev.modulate.resonate.protocol.TaskState;
import java.time.Duration;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Settles promises under their fencing version, for as long as they are open.
 *
 * <pre>
 * fulfil -> 200: settled
 *        -> 409: read task and promise
 *                  settled with this value   -> settled: the reply was lost
 *                  waiting under our version -> acquire, fulfil: the server was away longer than the lease
 *                  else                      -> not ours
 *        -> no answer: again after a pause
 * </pre>
 *
 * <p>Ends are told on the lane.
 */
public final class Settler {
    private static final Logger LOG = LoggerFactory.getLogger(Settler.class);
    private static final Backoff BACKOFF = new Backoff(Duration.ofMillis(200), Duration.ofSeconds(5));

    /** Rounds of fulfil and acquire before the server is given a pause. */
    private static final int ROUNDS_MAX = 3;

    private final Lane lane;
    private final Resonate resonate;
    private final ScheduledExecutorService timer;
    private final LongSupplier nanoTime;
    private final RandomGenerator random;

    public Settler(
            Lane lane,
            Resonate resonate,
            ScheduledExecutorService timer,
            LongSupplier nanoTime,
            RandomGenerator random) {
        this.lane = lane;
        this.resonate = resonate;
        this.timer = timer;
        this.nanoTime = nanoTime;
        this.random = random;
    }

    public void settle(Settlement settlement, Consumer<End> done) {
        new Try(done).fulfil(settlement);
    }

    /** One settlement on its way. Owned by the lane. */
    private final class Try {
        private final Consumer<End> done;
        private int failures;
        private int rounds;

        Try(Consumer<End> done) {
            this.done = done;
        }

        void fulfil(Settlement settlement) {
            if (nanoTime.getAsLong() - settlement.deadlineNanos() >= 0) {
                done.accept(new End.TooLate());
                return;
            }
            var task = settlement.task();
            var action = new Request.PromiseSettle(task.id(), settlement.state(), settlement.value());
            ask(settlement, new Request.TaskFulfill(task.id(), task.version(), action), reply -> {
                switch (reply) {
                    case Reply.Ok<Answer.OfPromise> ok -> done.accept(new End.Settled());
                    case Reply.Refused<Answer.OfPromise> refused -> refused(settlement, refused);
                }
            });
        }

        private void refused(Settlement settlement, Reply.Refused<Answer.OfPromise> refused) {
            switch (refused.status()) {
                case 409 -> readTask(settlement);
                case 404 -> done.accept(new End.NotOurs());
                default -> done.accept(new End.Refused(refused.status() + " " + refused.message()));
            }
        }

        private void readTask(Settlement settlement) {
            ask(settlement, new Request.TaskGet(settlement.task().id()), reply -> {
                switch (reply) {
                    case Reply.Ok<Answer.OfTask> ok ->
                        decide(settlement, ok.answer().task());
                    case Reply.Refused<Answer.OfTask> refused -> done.accept(new End.NotOurs());
                }
            });
        }

        private void decide(Settlement settlement, Task task) {
            boolean sameVersion = task.version() == settlement.task().version();
            if (task.state() == TaskState.FULFILLED) {
                readPromise(settlement);
            } else if (!sameVersion || rounds++ >= ROUNDS_MAX) {
                done.accept(new End.NotOurs());
            } else if (task.state() == TaskState.PENDING) {
                acquire(settlement);
            } else if (task.state() == TaskState.ACQUIRED) {
                fulfil(settlement);
            } else {
                done.accept(new End.NotOurs());
            }
        }

        private void readPromise(Settlement settlement) {
            ask(settlement, new Request.PromiseGet(settlement.task().id()), reply -> {
                boolean ours = reply instanceof Reply.Ok<Answer.OfPromise> ok
                        && holds(ok.answer().promise(), settlement);
                done.accept(ours ? new End.Settled() : new End.NotOurs());
            });
        }

        private void acquire(Settlement settlement) {
            var task = settlement.task();
            var request = new Request.TaskAcquire(
                    task.id(),
                    task.version(),
                    settlement.ownerPid(),
                    settlement.ttl().toMillis());
            ask(settlement, request, reply -> {
                switch (reply) {
                    case Reply.Ok<Answer.Grant> ok ->
                        fulfil(settlement.as(ok.answer().task().version()));
                    case Reply.Refused<Answer.Grant> refused -> readTask(settlement);
                }
            });
        }

        private <A> void ask(Settlement settlement, Request<A> request, Consumer<Reply<A>> then) {
            resonate.send(request)
                    .whenComplete((reply, problem) -> lane.post(() -> {
                        if (reply != null) {
                            then.accept(reply);
                        } else {
                            again(settlement, problem);
                        }
                    }));
        }

        private void again(Settlement settlement, Throwable problem) {
            failures++;
            LOG.atLevel(failures == 1 ? org.slf4j.event.Level.WARN : org.slf4j.event.Level.DEBUG)
                    .addKeyValue("task", settlement.task())
                    .addKeyValue("cause", problem.getMessage())
                    .log("result is kept until it can be settled");
            long pause = BACKOFF.pause(failures, random).toNanos();
            timer.schedule(() -> lane.post(() -> fulfil(settlement)), pause, TimeUnit.NANOSECONDS);
        }
    }

    private static boolean holds(Promise promise, Settlement settlement) {
        return promise.state() == settlement.state() && promise.value().equals(settlement.value());
    }
}
