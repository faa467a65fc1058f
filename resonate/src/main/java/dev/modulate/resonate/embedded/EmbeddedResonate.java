package dev.modulate.resonate.embedded;

import dev.modulate.resonate.client.LostReplies;
import dev.modulate.resonate.lane.PromiseLane;
import dev.modulate.resonate.protocol.Reply;
import dev.modulate.resonate.protocol.Request;
import dev.modulate.resonate.protocol.Resonate;
import dev.modulate.resonate.protocol.ResonateUnavailableException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;

/**
 * The promises of this process's own lane. Closing it closes nothing: the lane belongs to whoever made it.
 *
 * <p>An operation is answered within ten seconds, also while the store hangs; whether it was applied is not known then.
 */
public final class EmbeddedResonate implements Resonate {
    private static final Duration ANSWER_MAX = Duration.ofSeconds(10);
    private static final long PAUSE_MILLIS_MIN = 25;
    private static final long PAUSE_MILLIS_MAX = 1_000;

    private final PromiseLane lane;
    private final PollGroups groups;
    private final RandomGenerator random;
    private final Duration answerMax;
    private final LostReplies lostReplies = new LostReplies(this);

    public EmbeddedResonate(PromiseLane lane, PollGroups groups, RandomGenerator random) {
        this(lane, groups, random, ANSWER_MAX);
    }

    /** @param answerMax after which an operation fails */
    EmbeddedResonate(PromiseLane lane, PollGroups groups, RandomGenerator random, Duration answerMax) {
        this.lane = lane;
        this.groups = groups;
        this.random = random;
        this.answerMax = answerMax;
    }

    @Override
    public <A> CompletableFuture<Reply<A>> send(Request<A> request) {
        var first = lane.submit(request);
        if (first.isDone() && !first.isCompletedExceptionally()) {
            return first;
        }
        var outcome = new CompletableFuture<Reply<A>>();
        settle(first, request, outcome, PAUSE_MILLIS_MIN);
        return outcome.isDone() ? outcome : limited(request, outcome);
    }

    private <A> CompletableFuture<Reply<A>> limited(Request<A> request, CompletableFuture<Reply<A>> outcome) {
        var limit = ForkJoinPool.commonPool()
                .schedule(
                        () -> outcome.completeExceptionally(new ResonateUnavailableException(
                                request.kind() + " got no answer within " + answerMax.toMillis()
                                        + " ms: the promise store hangs or is not available",
                                null)),
                        answerMax.toMillis(),
                        TimeUnit.MILLISECONDS);
        outcome.whenComplete((reply, failure) -> limit.cancel(false));
        return outcome;
    }

    private <A> void settle(
            CompletableFuture<Reply<A>> attempt,
            Request<A> request,
            CompletableFuture<Reply<A>> outcome,
            long pauseMillis) {
        attempt.whenComplete((reply, failure) -> {
            if (failure == null) {
                judge(request, reply, outcome, pauseMillis);
            } else if (failure instanceof ResonateUnavailableException && !outcome.isDone()) {
                long pause = pauseMillis / 2 + random.nextLong(pauseMillis / 2 + 1);
                CompletableFuture.delayedExecutor(pause, TimeUnit.MILLISECONDS)
                        .execute(() -> again(request, outcome, Math.min(pauseMillis * 2, PAUSE_MILLIS_MAX)));
            } else {
                outcome.completeExceptionally(failure);
            }
        });
    }

    private <A> void again(Request<A> request, CompletableFuture<Reply<A>> outcome, long pauseMillis) {
        if (!outcome.isDone()) {
            settle(lane.submit(request), request, outcome, pauseMillis);
        }
    }

    /** A commit that failed may have been applied all the same. */
    private <A> void judge(Request<A> request, Reply<A> reply, CompletableFuture<Reply<A>> outcome, long pauseMillis) {
        if (pauseMillis == PAUSE_MILLIS_MIN) {
            outcome.complete(reply);
            return;
        }
        lostReplies.judge(request, reply).whenComplete((judged, failure) -> {
            if (failure == null) {
                outcome.complete(judged);
            } else {
                outcome.completeExceptionally(failure);
            }
        });
    }

    @Override
    public AutoCloseable poll(String group, String id, Inbox inbox) {
        var connection = new PollGroups.Connection(group, id, message -> {
            inbox.accept(message);
            return CompletableFuture.completedFuture(Receipt.TAKEN);
        });
        if (!groups.add(connection)) {
            throw new IllegalStateException("more than " + groups.connectionsMax() + " poll connections");
        }
        inbox.connected();
        return () -> groups.remove(connection);
    }

    @Override
    public void close() {}
}
