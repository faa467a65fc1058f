package dev.modulate.resonate.machine;

import dev.modulate.resonate.protocol.Answer;
import dev.modulate.resonate.protocol.Reply;
import dev.modulate.resonate.protocol.Request;
import dev.modulate.resonate.protocol.Request.PromiseCreate;
import dev.modulate.resonate.protocol.Request.PromiseSearch;
import dev.modulate.resonate.protocol.Request.PromiseSettle;
import dev.modulate.resonate.protocol.Request.TaskSearch;
import dev.modulate.resonate.protocol.TaskState;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
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
            case PromiseCreate create -> create(step, create);
            case PromiseSettle settle -> settle(step, settle);
            case Request.PromiseRegisterListener listener -> listen(step, listener);
            case Request.PromiseRegisterCallback callback -> callback(step, callback);
            case Request.TaskCreate create -> taskCreate(step, create);
            case Request.TaskAcquire acquire -> acquire(step, acquire);
            case Request.TaskGet get -> taskGet(step, get);
            case Request.TaskHeartbeat heartbeat -> heartbeat(step, heartbeat);
            case Request.TaskRelease release -> release(step, release);
            case Request.TaskFulfill fulfill -> fulfill(step, fulfill);
            case Request.TaskFence fence -> fence(step, fence);
            case Request.TaskSuspend suspend -> suspend(step, suspend);
            case Request.TaskHalt halt -> halt(step, halt);
            case Request.TaskContinue resume -> resume(step, resume);
            case Request.ScheduleCreate create -> Schedules.create(step, create);
            case Request.ScheduleGet get -> Schedules.get(step, get);
            case Request.ScheduleDelete delete -> Schedules.delete(step, delete);
            case Request.ScheduleSearch search -> Schedules.search(step, search);
            case Request.Debug<?> debug -> new Reply.Refused<>(403, "debug operations are disabled");
            case PromiseSearch search -> throw new IllegalStateException("a search is no step: " + search);
            case TaskSearch search -> throw new IllegalStateException("a search is no step: " + search);
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
                        Step.timedOut(entry),
                        dev.modulate.resonate.protocol.Value.EMPTY,
                        entry.origin().timeoutAtMillis())
                : entry;
    }

    private static Reply<Answer.OfPromise> create(Step step, PromiseCreate create) {
        var entry = step.find(create.id());
        if (entry == null) {
            entry = step.create(origin(step, create), null);
        }
        return shown(entry);
    }

    private static Entry.Origin origin(Step step, PromiseCreate create) {
        return new Entry.Origin(create.id(), create.param(), create.tags(), create.timeoutAtMillis(), step.now());
    }

    private static Reply<Answer.OfPromise> settle(Step step, PromiseSettle settle) {
        var entry = step.find(settle.id());
        if (entry != null && entry.pending()) {
            entry = step.settle(entry, settle.state(), settle.value(), step.now());
        }
        return shown(entry);
    }

    private static Reply<Answer.OfPromise> listen(Step step, Request.PromiseRegisterListener listener) {
        var entry = step.find(listener.awaited());
        if (entry != null && entry.pending() && !entry.listeners().contains(listener.address())) {
            entry = step.put(entry.withListeners(Step.with(entry.listeners(), listener.address())));
        }
        return shown(entry);
    }

    private static Reply<Answer.OfPromise> callback(Step step, Request.PromiseRegisterCallback callback) {
        var awaited = step.find(callback.awaited());
        if (awaited == null) {
            return missing("Awaited promise");
        }
        var awaiter = step.find(callback.awaiter());
        if (awaiter == null || awaiter.task() == null) {
            return new Reply.Refused<>(422, "Awaiter does not exist or has no target");
        }
        if (awaited.pending() && awaiter.pending()) {
            awaited = step.put(awaited.withAwaiters(Step.with(awaited.awaiters(), awaiter.id())));
            var task = Step.taskOf(awaiter);
            step.put(awaiter.with(task.awaiting(Step.with(task.awaited(), awaited.id()))));
        }
        return shown(awaited);
    }

    private static Reply<Answer.Grant> taskCreate(Step step, Request.TaskCreate create) {
        var action = create.action();
        var entry = step.find(action.id());
        if (entry == null) {
            var owned = TaskEntry.acquired(1, create.pid(), create.ttlMillis(), step.now());
            return granted(step.create(origin(step, action), owned));
        }
        var task = entry.task();
        if (task == null) {
            return new Reply.Refused<>(422, "Promise has no target");
        }
        return switch (task.state()) {
            case PENDING -> granted(grant(step, entry, create.pid(), create.ttlMillis()));
            case FULFILLED -> granted(entry);
            case ACQUIRED, SUSPENDED, HALTED ->
                conflict("Task is " + task.state().wireName());
        };
    }

    private static Reply<Answer.Grant> acquire(Step step, Request.TaskAcquire acquire) {
        var entry = step.find(acquire.id());
        if (entry == null || entry.task() == null) {
            return missing("Task");
        }
        var task = entry.task();
        if (task.state() != TaskState.PENDING || task.version() != acquire.version()) {
            return conflict("Task is " + task.state().wireName() + " at version " + task.version());
        }
        return granted(grant(step, entry, acquire.pid(), acquire.ttlMillis()));
    }

    private static Entry grant(Step step, Entry entry, String pid, long ttlMillis) {
        var before = Step.taskOf(entry);
        var task = TaskEntry.acquired(before.version() + 1, pid, ttlMillis, step.now())
                .awaiting(before.awaited());
        return step.put(entry.with(task));
    }

    private static Reply<Answer.OfTask> taskGet(Step step, Request.TaskGet get) {
        var entry = step.find(get.id());
        return entry == null || entry.task() == null
                ? missing("Task")
                : ok(new Answer.OfTask(entry.task().task(get.id())));
    }

    private static Reply<Answer.Done> heartbeat(Step step, Request.TaskHeartbeat heartbeat) {
        for (var named : heartbeat.tasks()) {
            var entry = step.find(named.id());
            if (entry == null || entry.task() == null) {
                continue;
            }
            var task = entry.task();
            if (task.heldAt(named.version()) && heartbeat.pid().equals(task.pid())) {
                step.putTimer(entry.with(task.timed(Step.plus(step.now(), task.leaseMillis()))));
            }
        }
        return done();
    }

    private static Reply<Answer.Done> release(Step step, Request.TaskRelease release) {
        var entry = step.find(release.id());
        if (entry == null || entry.task() == null) {
            return missing("Task");
        }
        if (!entry.task().heldAt(release.version())) {
            return notHeld(entry.task());
        }
        step.dispatch(entry);
        return done();
    }

    private static Reply<Answer.OfPromise> fulfill(Step step, Request.TaskFulfill fulfill) {
        var entry = step.find(fulfill.id());
        if (entry == null || entry.task() == null) {
            return missing("Task");
        }
        if (!entry.task().heldAt(fulfill.version())) {
            return notHeld(entry.task());
        }
        return shown(
                step.settle(entry, fulfill.action().state(), fulfill.action().value(), step.now()));
    }

    private static Reply<Answer.Fenced> fence(Step step, Request.TaskFence fence) {
        var entry = step.find(fence.id());
        if (entry == null || entry.task() == null) {
            return missing("Task");
        }
        if (!entry.task().heldAt(fence.version())) {
            return notHeld(entry.task());
        }
        return ok(new Answer.Fenced(
                fence.action().kind(),
                switch (fence.action()) {
                    case PromiseCreate create -> create(step, create);
                    case PromiseSettle settle -> settle(step, settle);
                },
                List.of()));
    }

    private static Reply<Answer.Preload> suspend(Step step, Request.TaskSuspend suspend) {
        var entry = step.find(suspend.id());
        if (entry == null || entry.task() == null) {
            return missing("Task");
        }
        if (!entry.task().heldAt(suspend.version())) {
            return notHeld(entry.task());
        }
        Set<String> awaited = new HashSet<>();
        boolean settled = false;
        for (var action : suspend.actions()) {
            var promise = step.find(action.awaited());
            if (promise == null) {
                return new Reply.Refused<>(422, "Awaited promise does not exist: " + action.awaited());
            }
            settled |= !promise.pending();
            awaited.add(promise.id());
        }
        if (settled) {
            return new Reply.Ok<>(300, new Answer.Preload(List.of()));
        }
        for (String id : awaited) {
            var promise = step.find(id);
            if (promise != null) {
                step.put(promise.withAwaiters(Step.with(promise.awaiters(), suspend.id())));
            }
        }
        awaited.addAll(entry.task().awaited());
        step.put(entry.with(entry.task().suspended(awaited)));
        return ok(new Answer.Preload(List.of()));
    }

    private static Reply<Answer.Done> halt(Step step, Request.TaskHalt halt) {
        var entry = step.find(halt.id());
        if (entry == null || entry.task() == null) {
            return missing("Task");
        }
        if (entry.task().state() == TaskState.FULFILLED) {
            return conflict("Task is fulfilled");
        }
        if (entry.task().state() != TaskState.HALTED) {
            step.put(entry.with(entry.task().halted()));
        }
        return done();
    }

    private static Reply<Answer.Done> resume(Step step, Request.TaskContinue resume) {
        var entry = step.find(resume.id());
        if (entry == null || entry.task() == null) {
            return missing("Task");
        }
        if (entry.task().state() != TaskState.HALTED) {
            return conflict("Task is " + entry.task().state().wireName());
        }
        step.dispatch(entry);
        return done();
    }

    private static Reply<Answer.OfPromise> shown(@Nullable Entry entry) {
        return entry == null ? missing("Promise") : ok(new Answer.OfPromise(entry.promise()));
    }

    private static Reply<Answer.Grant> granted(Entry entry) {
        return ok(new Answer.Grant(Step.taskOf(entry).task(entry.id()), entry.promise(), List.of()));
    }

    private static Reply<Answer.Done> done() {
        return ok(new Answer.Done());
    }

    private static <A> Reply<A> ok(A answer) {
        return new Reply.Ok<>(200, answer);
    }

    private static <A> Reply<A> missing(String what) {
        return new Reply.Refused<>(404, what + " not found");
    }

    private static <A> Reply<A> notHeld(TaskEntry task) {
        return conflict("Task is " + task.state().wireName() + " at version " + task.version());
    }

    private static <A> Reply<A> conflict(String message) {
        return new Reply.Refused<>(409, message);
    }
}
