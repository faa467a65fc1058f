package dev.modulate.resonate.machine;

import static dev.modulate.resonate.machine.Replies.conflict;
import static dev.modulate.resonate.machine.Replies.done;
import static dev.modulate.resonate.machine.Replies.missing;
import static dev.modulate.resonate.machine.Replies.ok;
import static dev.modulate.resonate.machine.Replies.shown;
import static dev.modulate.resonate.machine.Replies.unsuitable;

import dev.modulate.resonate.protocol.Answer;
import dev.modulate.resonate.protocol.Promise;
import dev.modulate.resonate.protocol.Reply;
import dev.modulate.resonate.protocol.Request;
import dev.modulate.resonate.protocol.TaskState;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** What the operations on tasks do. */
final class Tasks {
    private Tasks() {}

    static Reply<Answer.Grant> create(Step step, Request.TaskCreate create) {
        var action = create.action();
        var entry = step.find(action.id());
        if (entry == null) {
            var owned = TaskEntry.acquired(1, create.pid(), create.ttlMillis(), step.now());
            entry = step.create(Promises.origin(step, action), owned);
            return granted(entry, entry.pending() ? step.preload(entry) : List.of());
        }
        var task = entry.task();
        if (task == null) {
            return unsuitable("Promise has no target");
        }
        return switch (task.state()) {
            case PENDING -> grant(step, entry, create.pid(), create.ttlMillis());
            case FULFILLED -> granted(entry, List.of());
            case ACQUIRED, SUSPENDED, HALTED ->
                conflict("Task is " + task.state().wireName());
        };
    }

    static Reply<Answer.Grant> acquire(Step step, Request.TaskAcquire acquire) {
        var entry = step.find(acquire.id());
        if (entry == null || entry.task() == null) {
            return missing("Task");
        }
        var task = entry.task();
        return task.state() == TaskState.PENDING && task.version() == acquire.version()
                ? grant(step, entry, acquire.pid(), acquire.ttlMillis())
                : notHeld(task);
    }

    private static Reply<Answer.Grant> grant(Step step, Entry entry, String pid, long ttlMillis) {
        // Before the task is owned: what a look at the others resumes is cleared with the rest.
        var preload = step.preload(entry);
        var latest = step.present(entry.id());
        var before = Step.taskOf(latest);
        var task = TaskEntry.acquired(before.version() + 1, pid, ttlMillis, step.now())
                .awaiting(before.awaited());
        return granted(step.put(latest.with(task)), preload);
    }

    private static Reply<Answer.Grant> granted(Entry entry, List<Promise> preload) {
        return ok(new Answer.Grant(Step.taskOf(entry).task(entry.id()), entry.promise(), preload));
    }

    static Reply<Answer.OfTask> get(Step step, Request.TaskGet get) {
        var entry = step.find(get.id());
        return entry == null || entry.task() == null
                ? missing("Task")
                : ok(new Answer.OfTask(entry.task().task(get.id())));
    }

    static Reply<Answer.Done> heartbeat(Step step, Request.TaskHeartbeat heartbeat) {
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

    static Reply<Answer.Done> release(Step step, Request.TaskRelease release) {
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

    static Reply<Answer.OfPromise> fulfill(Step step, Request.TaskFulfill fulfill) {
        var entry = step.find(fulfill.id());
        if (entry == null || entry.task() == null) {
            return missing("Task");
        }
        if (!entry.task().heldAt(fulfill.version())) {
            return notHeld(entry.task());
        }
        var action = fulfill.action();
        return shown(step.settle(entry, action.state(), action.value(), step.now()));
    }

    static Reply<Answer.Fenced> fence(Step step, Request.TaskFence fence) {
        step.find(fence.action().id());
        var entry = step.find(fence.id());
        if (entry == null || entry.task() == null) {
            return missing("Task");
        }
        if (!entry.task().heldAt(fence.version())) {
            return notHeld(entry.task());
        }
        var inner = switch (fence.action()) {
            case Request.PromiseCreate create -> Promises.create(step, create);
            case Request.PromiseSettle settle -> Promises.settle(step, settle);
        };
        return ok(new Answer.Fenced(fence.action().kind(), inner, step.preload(entry)));
    }

    static Reply<Answer.Preload> suspend(Step step, Request.TaskSuspend suspend) {
        // Deadlines of all that is named take effect first, whatever becomes of the request.
        suspend.actions().forEach(action -> step.find(action.awaited()));
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
                return unsuitable("Awaited promise does not exist: " + action.awaited());
            }
            if (!Promises.awaitable(step, promise)) {
                return unsuitable("Awaited promise is not awaitable: " + action.awaited());
            }
            settled |= !promise.pending();
            awaited.add(promise.id());
        }
        return settled ? goOn(step, suspend.id()) : suspend(step, suspend.id(), awaited);
    }

    private static Reply<Answer.Preload> goOn(Step step, String id) {
        var preload = step.preload(step.present(id));
        var entry = step.present(id);
        var task = Step.taskOf(entry);
        if (task.resumes() > 0) {
            step.put(entry.with(task.noticed()));
        }
        return Replies.resumed(new Answer.Preload(preload));
    }

    private static Reply<Answer.Preload> suspend(Step step, String id, Set<String> named) {
        var awaited = new HashSet<>(Step.taskOf(step.present(id)).awaited());
        awaited.addAll(named);
        if (TaskEntry.crowded(awaited) || named.stream().anyMatch(other -> Promises.crowded(step.present(other), id))) {
            return Promises.tooMany();
        }
        for (String other : named) {
            var promise = step.present(other);
            step.put(promise.withAwaiters(Step.with(promise.awaiters(), id)));
        }
        var entry = step.present(id);
        var task = Step.taskOf(entry);
        step.put(entry.with(task.suspended(awaited)));
        return ok(new Answer.Preload(List.of()));
    }

    static Reply<Answer.Done> halt(Step step, Request.TaskHalt halt) {
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

    static Reply<Answer.Done> resume(Step step, Request.TaskContinue resume) {
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

    private static <A> Reply<A> notHeld(TaskEntry task) {
        return conflict("Task is " + task.state().wireName() + " at version " + task.version());
    }
}
