package dev.modulate.router.dispatch;

import dev.modulate.observability.link.Backoff;
import dev.modulate.resonate.protocol.Answer;
import dev.modulate.resonate.protocol.Reply;
import dev.modulate.resonate.protocol.Request;
import dev.modulate.resonate.protocol.Resonate;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;

/**
 * Sends what concerns the lease of a run and brings the answer back to the owner thread. While no server answers it
 * asks again, with pauses, for as long as the run has not moved on.
 */
final class Leases {
    private static final Backoff UNAVAILABLE_PAUSE = new Backoff(Duration.ofMillis(100), Duration.ofSeconds(5));

    private final Resonate resonate;
    private final Executor owner;
    private final Timers timers;
    private final RandomGenerator random;
    private final String pid;
    private final Duration ttl;

    Leases(Resonate resonate, Executor owner, Timers timers, RandomGenerator random, String pid, Duration ttl) {
        this.resonate = resonate;
        this.owner = owner;
        this.timers = timers;
        this.random = random;
        this.pid = pid;
        this.ttl = ttl;
    }

    /** Under which this router holds leases: unique for each start. */
    String pid() {
        return pid;
    }

    Duration ttl() {
        return ttl;
    }

    /** Asks once; {@code unavailable} when no server answered, and nobody knows what was applied. */
    <A> void ask(Request<A> request, Consumer<Reply<A>> answer, Runnable unavailable) {
        resonate.send(request)
                .whenComplete((reply, failure) -> owner.execute(() -> {
                    if (failure == null) {
                        answer.accept(reply);
                    } else {
                        unavailable.run();
                    }
                }));
    }

    /** Asks until there is an answer; drops it when the run has moved on meanwhile. */
    <A> void askFor(Run run, Request<A> request, Consumer<Reply<A>> answer) {
        var state = run.state;
        long version = run.version;
        ask(
                request,
                reply -> {
                    if (run.state == state && run.version == version) {
                        run.unavailableInRow = 0;
                        answer.accept(reply);
                    }
                },
                () -> {
                    if (run.state == state && run.version == version) {
                        var pause = UNAVAILABLE_PAUSE.pause(++run.unavailableInRow, random);
                        timers.after(pause, () -> {
                            if (run.state == state && run.version == version) {
                                askFor(run, request, answer);
                            }
                        });
                    }
                });
    }

    /** @param version as stored: the grant carries one more */
    void acquire(Run run, long version, Consumer<Reply<Answer.Grant>> answer) {
        long sentAt = timers.now();
        askFor(run, new Request.TaskAcquire(run.id, version, pid, ttl.toMillis()), reply -> {
            if (reply instanceof Reply.Ok<Answer.Grant>(int status, Answer.Grant grant)) {
                run.leaseUntil = sentAt + ttl.toNanos();
            }
            answer.accept(reply);
        });
    }

    /** Renews the lease. The answer never says whether it was still ours. */
    void heartbeat(Run run) {
        long sentAt = timers.now();
        long version = run.version;
        run.heartbeatAt = sentAt + ttl.toNanos() / 3;
        ask(
                renewal(run),
                reply -> {
                    if (run.version == version && reply instanceof Reply.Ok<Answer.Done>) {
                        run.leaseUntil = Math.max(run.leaseUntil, sentAt + ttl.toNanos());
                    }
                },
                () -> {});
    }

    Request.TaskHeartbeat renewal(Run run) {
        return new Request.TaskHeartbeat(pid, List.of(new Request.TaskVersion(run.id, run.version)));
    }
}
