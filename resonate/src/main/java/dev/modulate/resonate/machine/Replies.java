package dev.modulate.resonate.machine;

import dev.modulate.resonate.protocol.Answer;
import dev.modulate.resonate.protocol.Reply;
import org.jspecify.annotations.Nullable;

/** The replies that several operations give. */
final class Replies {
    private static final int RESUMED = 300;

    private Replies() {}

    static <A> Reply<A> ok(A answer) {
        return new Reply.Ok<>(200, answer);
    }

    static Reply<Answer.Done> done() {
        return ok(new Answer.Done());
    }

    /** The caller may go on at once. */
    static <A> Reply<A> resumed(A answer) {
        return new Reply.Ok<>(RESUMED, answer);
    }

    static Reply<Answer.OfPromise> shown(@Nullable Entry entry) {
        return entry == null ? missing("Promise") : ok(new Answer.OfPromise(entry.promise()));
    }

    static <A> Reply<A> missing(String what) {
        return new Reply.Refused<>(404, what + " not found");
    }

    static <A> Reply<A> conflict(String message) {
        return new Reply.Refused<>(409, message);
    }

    /** Something that the request refers to is missing or does not fit. */
    static <A> Reply<A> unsuitable(String message) {
        return new Reply.Refused<>(422, message);
    }
}
