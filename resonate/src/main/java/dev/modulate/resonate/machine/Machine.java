package dev.modulate.resonate.machine;

import static dev.modulate.resonate.machine.Replies.done;
import static dev.modulate.resonate.machine.Replies.shown;

import dev.modulate.resonate.protocol.Answer;
import dev.modulate.resonate.protocol.Reply;
import dev.modulate.resonate.protocol.Request;
import dev.modulate.resonate.protocol.Value;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Durable promises and their tasks as pure functions: {@code (now, what is stored, request) -> what happens}. */
public final class Machine {
    private final Rules rules;

    public Machine(Rules rules) {
        this.rules = rules;
    }

    public Rules rules() {
        return rules;
    }

    /**
     * Applies one operation.
     *
     * @param nowMillis never less than in the call before
     * @param request any operation but a search for promises or tasks, which reads a range: see {@link #project}
     */
    public <A> Transition<A> apply(long nowMillis, View view, Request<A> request) {
        String mistake = Checks.of(rules, request);
        if (mistake != null) {
            return new Transition<>(new Reply.Refused<>(400, mistake), List.of(), List.of());
        }
        var step = new Step(rules, nowMillis, view);
        @SuppressWarnings("unchecked") // Each branch answers what its request type says.
        var reply = (Reply<A>) run(step, request);
        return step.end(reply);
    }

    /** What is wrong with a search, or null. */
    public @Nullable String check(Request<?> search) {
        return Checks.of(rules, search);
    }

    private static Reply<? extends Answer> run(Step step, Request<?> request) {
        return switch (request) {
            case Request.PromiseGet get -> shown(step.find(get.id()));
            case Request.PromiseCreate create -> Promises.create(step, create);
            case Request.PromiseSettle settle -> Promises.settle(step, settle);
            case Request.PromiseRegisterListener listener -> Promises.listen(step, listener);
            case Request.PromiseRegisterCallback callback -> Promises.callback(step, callback);
            case Request.TaskCreate create -> Tasks.create(step, create);
            case Request.TaskAcquire acquire -> Tasks.acquire(step, acquire);
            case Request.TaskGet get -> Tasks.get(step, get);
            case Request.TaskHeartbeat heartbeat -> Tasks.heartbeat(step, heartbeat);
            case Request.TaskRelease release -> Tasks.release(step, release);
            case Request.TaskFulfill fulfill -> Tasks.fulfill(step, fulfill);
            case Request.TaskFence fence -> Tasks.fence(step, fence);
            case Request.TaskSuspend suspend -> Tasks.suspend(step, suspend);
            case Request.TaskHalt halt -> Tasks.halt(step, halt);
            case Request.TaskContinue resume -> Tasks.resume(step, resume);
            case Request.ScheduleCreate create -> Schedules.create(step, create);
            case Request.ScheduleGet get -> Schedules.get(step, get);
            case Request.ScheduleDelete delete -> Schedules.delete(step, delete);
            case Request.ScheduleSearch search -> Schedules.search(step, search);
            case Request.Debug<?> debug -> new Reply.Refused<>(403, "debug operations are disabled");
            case Request.PromiseSearch search -> throw new IllegalStateException("a search is no step: " + search);
            case Request.TaskSearch search -> throw new IllegalStateException("a search is no step: " + search);
        };
    }

    /** What happens to an entry when one of its timers has come: its deadline, its lease or its next message. */
    public Transition<Answer.Done> fire(long nowMillis, View view, String id) {
        var step = new Step(rules, nowMillis, view);
        var entry = step.find(id);
        if (entry != null) {
            step.fire(entry);
        }
        return step.end(done());
    }

    /** What a schedule does when its time has come: it creates promises. When many are due, some stay due. */
    public Transition<Answer.Done> run(long nowMillis, View view, String scheduleId) {
        var step = new Step(rules, nowMillis, view);
        Schedules.run(step, scheduleId);
        return step.end(done());
    }

    /** The entry as a search shows it: a pending promise past its deadline reads as settled. */
    public Entry project(long nowMillis, Entry entry) {
        return entry.pending() && entry.origin().timeoutAtMillis() <= nowMillis
                ? entry.settled(
                        Step.timedOut(entry), Value.EMPTY, entry.origin().timeoutAtMillis())
                : entry;
    }
}
