package dev.modulate.resonate.history;

import dev.modulate.resonate.protocol.Answer;
import dev.modulate.resonate.protocol.Promise;
import dev.modulate.resonate.protocol.PromiseState;
import dev.modulate.resonate.protocol.Reply;
import dev.modulate.resonate.protocol.Request;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** Ways to serve that look right to a single client and are wrong: the checker must say so. */
final class WrongSubjects {
    private WrongSubjects() {}

    /** Answers every second read of a promise with what an earlier read saw. */
    static Subject staleReads(Subject subject) {
        Map<String, Outcome> cached = new ConcurrentHashMap<>();
        var reads = new AtomicInteger();
        return call -> {
            if (!(call.request() instanceof Request.PromiseGet get)) {
                return subject.call(call);
            }
            var old = cached.get(get.id());
            if (old != null && reads.incrementAndGet() % 2 == 0) {
                return old;
            }
            var fresh = subject.call(call);
            cached.put(get.id(), fresh);
            return fresh;
        };
    }

    /** Answers every third settle as if it had happened, and forgets it. */
    static Subject lostUpdates(Subject subject) {
        var settles = new AtomicInteger();
        var latest = new AtomicLong();
        return call -> {
            latest.accumulateAndGet(call.atMillis(), Math::max);
            if (call.request() instanceof Request.PromiseSettle settle && settles.incrementAndGet() % 3 == 0) {
                var promised = foreseen(subject, settle, latest.get());
                return promised == null ? subject.call(call) : promised;
            }
            return subject.call(call);
        };
    }

    /** Answers a settle at once, and does it when the next call comes. */
    static Subject answersBeforeItApplies(Subject subject) {
        var owed = new AtomicReference<@Nullable Call>();
        var latest = new AtomicLong();
        return call -> {
            latest.accumulateAndGet(call.atMillis(), Math::max);
            if (call.request() instanceof Request.PromiseSettle settle) {
                var promised = foreseen(subject, settle, latest.get());
                if (promised != null && owed.compareAndSet(null, call)) {
                    return promised;
                }
            }
            var outcome = subject.call(call);
            var late = owed.getAndSet(null);
            if (late != null) {
                subject.call(late);
            }
            return outcome;
        };
    }

    /** What a settle would be answered; null when it would change nothing. */
    private static @Nullable Outcome foreseen(Subject subject, Request.PromiseSettle settle, long nowMillis) {
        var read = subject.call(new Call(new Request.PromiseGet(settle.id()), nowMillis));
        if (read instanceof Outcome.Answered(Reply.Ok<?>(var status, Answer.OfPromise(var before)))
                && before.state() == PromiseState.PENDING) {
            var after = new Promise(
                    before.id(),
                    settle.state(),
                    before.param(),
                    settle.value(),
                    before.tags(),
                    before.timeoutAtMillis(),
                    before.createdAtMillis(),
                    nowMillis);
            return new Outcome.Answered(new Reply.Ok<>(status, new Answer.OfPromise(after)));
        }
        return null;
    }
}
