package dev.modulate.api.waiting;

import static org.assertj.core.api.Assertions.assertThat;

import dev.modulate.api.promise.Promises;
import dev.modulate.executor.v1.PushResult;
import dev.modulate.resonate.protocol.Answer;
import dev.modulate.resonate.protocol.Message;
import dev.modulate.resonate.protocol.Promise;
import dev.modulate.resonate.protocol.PromiseState;
import dev.modulate.resonate.protocol.Reply;
import dev.modulate.resonate.protocol.Request;
import dev.modulate.resonate.protocol.Resonate;
import dev.modulate.resonate.protocol.Value;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Time is the test's: nothing happens but in a tick. */
class WaitersTest {
    private static final long TIMEOUT_AT_MILLIS = 100_000;

    private final OnePromise resonate = new OnePromise();
    private long nowMillis;
    private final Waiters waiters = new Waiters(
            2,
            new Promises(resonate),
            "poll://uni@api/me",
            () -> Instant.ofEpochMilli(nowMillis),
            () -> Duration.ofMillis(nowMillis).toNanos());

    @Test
    void aShortWaitAsksNobody() {
        var waiter = new Recorder();
        waiters.add("t", TIMEOUT_AT_MILLIS, waiter);
        tickAt(999);

        waiters.ended("t", new Waiter.End.Pushed(PushResult.getDefaultInstance()));
        tickAt(5_000);

        assertThat(resonate.requests).isEmpty();
        assertThat(waiter.ends).hasSize(1);
        assertThat(waiters.size()).isZero();
    }

    @Test
    void aLongWaitListensAgainAndAgain() {
        waiters.add("t", TIMEOUT_AT_MILLIS, new Recorder());
        tickAt(1_000);
        assertThat(listens()).isEqualTo(1);
        tickAt(30_999);
        assertThat(listens()).isEqualTo(1);
        tickAt(31_000);
        assertThat(listens()).isEqualTo(2);
    }

    @Test
    void whoListenedListensAgainWhenMessagesMayBeLost() {
        waiters.add("t", TIMEOUT_AT_MILLIS, new Recorder());
        tickAt(1_000);
        waiters.connected();
        tickAt(1_100);

        assertThat(listens()).isEqualTo(2);
    }

    @Test
    void aListenerThatComesTooLateFindsTheEnd() {
        var waiter = new Recorder();
        waiters.add("t", TIMEOUT_AT_MILLIS, waiter);
        resonate.state = PromiseState.RESOLVED;
        tickAt(1_000);

        assertThat(waiter.ends).hasSize(1);
    }

    @Test
    void aMessageIsBelieved() {
        var waiter = new Recorder();
        waiters.add("t", TIMEOUT_AT_MILLIS, waiter);
        resonate.state = PromiseState.REJECTED;
        waiters.accept(new Message.Unblock(resonate.promise()));

        assertThat(waiter.ends).singleElement().isInstanceOf(Waiter.End.Read.class);
    }

    @Test
    void thePromiseIsReadAfterItsDeadlineUntilItIsSettled() {
        var waiter = new Recorder();
        waiters.add("t", 500, waiter);
        tickAt(499);
        assertThat(gets()).isZero();
        tickAt(500);
        assertThat(gets()).isEqualTo(1);
        resonate.state = PromiseState.REJECTED_TIMEDOUT;
        tickAt(1_500);

        assertThat(waiter.ends).hasSize(1);
    }

    @Test
    void theDeadlineThatAReadShowsReplacesAGuess() {
        waiters.add("t", Long.MAX_VALUE, new Recorder());
        waiters.read("t");
        tickAt(TIMEOUT_AT_MILLIS);

        assertThat(gets()).isEqualTo(2);
    }

    @Test
    void aWaitThatIsOverIsForgotten() {
        var waiter = new Recorder();
        waiter.untilNanos = Duration.ofMillis(300).toNanos();
        waiters.add("t", TIMEOUT_AT_MILLIS, waiter);
        tickAt(300);

        assertThat(waiter.expired).isTrue();
        assertThat(waiters.waitsFor("t")).isFalse();
    }

    @Test
    void waitersHaveALimit() {
        assertThat(waiters.add("t", TIMEOUT_AT_MILLIS, new Recorder())).isTrue();
        assertThat(waiters.add("t", TIMEOUT_AT_MILLIS, new Recorder())).isTrue();
        assertThat(waiters.add("u", TIMEOUT_AT_MILLIS, new Recorder())).isFalse();
    }

    private void tickAt(long millis) {
        nowMillis = millis;
        waiters.tick();
    }

    private long listens() {
        return resonate.requests.stream()
                .filter(Request.PromiseRegisterListener.class::isInstance)
                .count();
    }

    private long gets() {
        return resonate.requests.stream()
                .filter(Request.PromiseGet.class::isInstance)
                .count();
    }

    private static final class Recorder implements Waiter {
        final List<End> ends = new ArrayList<>();
        boolean expired;
        long untilNanos = NEVER;

        @Override
        public void ended(End end) {
            ends.add(end);
        }

        @Override
        public long untilNanos() {
            return untilNanos;
        }

        @Override
        public void expired() {
            expired = true;
        }
    }

    private static final class OnePromise implements Resonate {
        final List<Request<?>> requests = new ArrayList<>();
        PromiseState state = PromiseState.PENDING;

        Promise promise() {
            return new Promise("t", state, Value.EMPTY, Value.EMPTY, Map.of(), TIMEOUT_AT_MILLIS, 0, null);
        }

        @Override
        @SuppressWarnings("unchecked") // Every request of a waiter answers with a promise.
        public <A> CompletableFuture<Reply<A>> send(Request<A> request) {
            requests.add(request);
            return CompletableFuture.completedFuture((Reply<A>) new Reply.Ok<>(200, new Answer.OfPromise(promise())));
        }

        @Override
        public AutoCloseable poll(String group, String id, Inbox inbox) {
            return () -> {};
        }

        @Override
        public void close() {}
    }
}
