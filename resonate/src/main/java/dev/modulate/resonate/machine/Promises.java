package dev.modulate.resonate.machine;

import static dev.modulate.resonate.machine.Replies.missing;
import static dev.modulate.resonate.machine.Replies.shown;
import static dev.modulate.resonate.machine.Replies.unsuitable;

import dev.modulate.resonate.protocol.Answer;
import dev.modulate.resonate.protocol.Reply;
import dev.modulate.resonate.protocol.Request;

/** What the operations on promises do. */
final class Promises {
    private Promises() {}

    static Reply<Answer.OfPromise> create(Step step, Request.PromiseCreate create) {
        var entry = step.find(create.id());
        return shown(entry == null ? step.create(origin(step, create), null) : entry);
    }

    static Entry.Origin origin(Step step, Request.PromiseCreate create) {
        return new Entry.Origin(create.id(), create.param(), create.tags(), create.timeoutAtMillis(), step.now());
    }

    static Reply<Answer.OfPromise> settle(Step step, Request.PromiseSettle settle) {
        var entry = step.find(settle.id());
        if (entry != null && entry.pending()) {
            entry = step.settle(entry, settle.state(), settle.value(), step.now());
        }
        return shown(entry);
    }

    static Reply<Answer.OfPromise> listen(Step step, Request.PromiseRegisterListener listener) {
        var entry = step.find(listener.awaited());
        if (entry != null && !awaitable(step, entry)) {
            return unsuitable("Awaited promise is not awaitable");
        }
        if (entry != null && entry.pending() && !entry.listeners().contains(listener.address())) {
            if (entry.listeners().size() >= Entry.LISTENERS_MAX) {
                return unsuitable("listeners of a promise: at most " + Entry.LISTENERS_MAX);
            }
            entry = step.put(entry.withListeners(Step.with(entry.listeners(), listener.address())));
        }
        return shown(entry);
    }

    static Reply<Answer.OfPromise> callback(Step step, Request.PromiseRegisterCallback callback) {
        // Deadlines of both take effect first, whatever becomes of the request.
        step.find(callback.awaited());
        var awaiter = step.find(callback.awaiter());
        var awaited = step.find(callback.awaited());
        if (awaited == null) {
            return missing("Awaited promise");
        }
        if (awaiter == null || awaiter.task() == null) {
            return unsuitable("Awaiter does not exist or has no target");
        }
        if (!awaitable(step, awaited)) {
            return unsuitable("Awaited promise is not awaitable");
        }
        if (awaited.pending() && awaiter.pending()) {
            var task = Step.taskOf(awaiter);
            if (crowded(awaited, awaiter.id()) || TaskEntry.crowded(Step.with(task.awaited(), awaited.id()))) {
                return tooMany();
            }
            awaited = step.put(awaited.withAwaiters(Step.with(awaited.awaiters(), awaiter.id())));
            step.put(awaiter.with(task.awaiting(Step.with(task.awaited(), awaited.id()))));
        }
        return shown(awaited);
    }

    /** True when one more cannot wait for it. */
    static boolean crowded(Entry awaited, String awaiter) {
        return awaited.awaiters().size() >= Entry.AWAITERS_MAX
                && !awaited.awaiters().contains(awaiter);
    }

    static <A> Reply<A> tooMany() {
        return unsuitable("awaiters of a promise, and promises that a task awaits: at most " + Entry.AWAITERS_MAX);
    }

    /** Strictly, what is internal to a program is nobody else's to wait for. */
    static boolean awaitable(Step step, Entry awaited) {
        return !step.rules().strict() || awaited.origin().external();
    }
}
