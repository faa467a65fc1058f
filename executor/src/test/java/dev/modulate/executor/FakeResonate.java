package dev.modulate.executor;

import dev.modulate.resonate.protocol.Answer;
import dev.modulate.resonate.protocol.Promise;
import dev.modulate.resonate.protocol.PromiseState;
import dev.modulate.resonate.protocol.Reply;
import dev.modulate.resonate.protocol.Request;
import dev.modulate.resonate.protocol.Resonate;
import dev.modulate.resonate.protocol.ResonateUnavailableException;
import dev.modulate.resonate.protocol.Task;
import dev.modulate.resonate.protocol.TaskState;
import dev.modulate.resonate.protocol.Value;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** Just the operations an executor uses, in memory; can be down, and can lose replies. */
final class FakeResonate implements Resonate {
    private final Map<String, Task> tasks = new HashMap<>();
    private final Map<String, Promise> promises = new HashMap<>();
    private final List<Request<?>> requests = new ArrayList<>();
    private boolean down;
    private int repliesToLose;

    synchronized void createAcquired(String id, String pid) {
        tasks.put(id, new Task(id, TaskState.ACQUIRED, 1, 0, 10_000L, pid));
        promises.put(
                id, new Promise(id, PromiseState.PENDING, Value.EMPTY, Value.EMPTY, Map.of(), Long.MAX_VALUE, 0, null));
    }

    /** What a server does to a lease that was not renewed. */
    synchronized void expireLease(String id) {
        var task = task(id);
        tasks.put(id, new Task(id, TaskState.PENDING, task.version(), 0, null, null));
    }

    /** Somebody else takes it. */
    synchronized void takeAway(String id, String pid) {
        tasks.put(id, new Task(id, TaskState.ACQUIRED, task(id).version() + 1, 0, 10_000L, pid));
    }

    synchronized void settle(String id, PromiseState state, Value value) {
        var task = task(id);
        tasks.put(id, new Task(id, TaskState.FULFILLED, task.version(), 0, null, null));
        promises.put(id, new Promise(id, state, Value.EMPTY, value, Map.of(), Long.MAX_VALUE, 0, 1L));
    }

    synchronized void down(boolean down) {
        this.down = down;
    }

    /** The next fulfil is applied and its reply lost, as often. */
    synchronized void loseFulfilReplies(int count) {
        repliesToLose = count;
    }

    synchronized Promise promise(String id) {
        return java.util.Objects.requireNonNull(promises.get(id), id);
    }

    synchronized Task task(String id) {
        return java.util.Objects.requireNonNull(tasks.get(id), id);
    }

    synchronized <R> List<R> requests(Class<R> kind) {
        return requests.stream().filter(kind::isInstance).map(kind::cast).toList();
    }

    @Override
    public <A> CompletableFuture<Reply<A>> send(Request<A> request) {
        Reply<?> reply;
        synchronized (this) {
            requests.add(request);
            reply = down ? null : answer(request);
            if (reply != null && request instanceof Request.TaskFulfill && repliesToLose > 0) {
                repliesToLose--;
                reply = null;
            }
        }
        if (reply == null) {
            return CompletableFuture.failedFuture(
                    new ResonateUnavailableException("down", new java.io.IOException("down")));
        }
        @SuppressWarnings("unchecked")
        var typed = (Reply<A>) reply;
        return CompletableFuture.completedFuture(typed);
    }

    private Reply<?> answer(Request<?> request) {
        return switch (request) {
            case Request.TaskHeartbeat _ -> ok(new Answer.Done());
            case Request.TaskGet get -> tasks.containsKey(get.id()) ? ok(new Answer.OfTask(task(get.id()))) : missing();
            case Request.PromiseGet get ->
                promises.containsKey(get.id()) ? ok(new Answer.OfPromise(promise(get.id()))) : missing();
            case Request.TaskAcquire acquire -> acquire(acquire);
            case Request.TaskFulfill fulfil -> fulfil(fulfil);
            default -> throw new IllegalStateException("not for executors: " + request);
        };
    }

    private Reply<?> acquire(Request.TaskAcquire acquire) {
        var task = task(acquire.id());
        if (task.state() != TaskState.PENDING || task.version() != acquire.version()) {
            return new Reply.Refused<>(409, "not pending");
        }
        takeAway(acquire.id(), acquire.pid());
        return ok(new Answer.Grant(task(acquire.id()), promise(acquire.id()), List.of()));
    }

    private Reply<?> fulfil(Request.TaskFulfill fulfil) {
        var task = tasks.get(fulfil.id());
        if (task == null) {
            return missing();
        }
        if (task.state() != TaskState.ACQUIRED || task.version() != fulfil.version()) {
            return new Reply.Refused<>(409, "not yours");
        }
        settle(fulfil.id(), fulfil.action().state(), fulfil.action().value());
        return ok(new Answer.OfPromise(promise(fulfil.id())));
    }

    private static <A> Reply<A> ok(A answer) {
        return new Reply.Ok<>(200, answer);
    }

    private static Reply<?> missing() {
        return new Reply.Refused<>(404, "unknown");
    }

    @Override
    public AutoCloseable poll(String group, String id, Inbox inbox) {
        throw new IllegalStateException("not for executors");
    }

    @Override
    public void close() {}
}
