package dev.modulate.resonate.lane;

import dev.modulate.resonate.protocol.Answer;
import dev.modulate.resonate.protocol.Promise;
import dev.modulate.resonate.protocol.Reply;
import java.util.List;

/** About how much memory replies hold: what callers chose the size of. */
final class Sizes {
    private Sizes() {}

    /** Characters of the params and values in a reply to what is no search. */
    static long chars(Reply<?> reply) {
        if (!(reply instanceof Reply.Ok<?> ok)) {
            return 0;
        }
        return switch ((Answer) ok.answer()) {
            case Answer.OfPromise of -> chars(of.promise());
            case Answer.Grant grant -> chars(grant.promise()) + chars(grant.preload());
            case Answer.Fenced fenced -> chars(fenced.action()) + chars(fenced.preload());
            case Answer.Preload preload -> chars(preload.promises());
            case Answer.OfSchedule of -> of.schedule().promiseParam().chars();
            case Answer.Done _, Answer.Ticked _, Answer.OfTask _ -> 0;
            // These do not wait in a batch, or hold what is in memory anyway.
            case Answer.Promises _, Answer.Tasks _, Answer.Schedules _, Answer.OfSnapshot _ -> 0;
        };
    }

    private static long chars(Promise promise) {
        return promise.param().chars() + promise.value().chars();
    }

    private static long chars(List<Promise> promises) {
        if (promises.isEmpty()) {
            return 0;
        }
        long chars = 0;
        for (var promise : promises) {
            chars += chars(promise);
        }
        return chars;
    }
}
