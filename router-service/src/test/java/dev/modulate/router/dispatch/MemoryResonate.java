package dev.modulate.router.dispatch;

import dev.modulate.resonate.machine.Entry;
import dev.modulate.resonate.machine.Machine;
import dev.modulate.resonate.machine.Rules;
import dev.modulate.resonate.machine.Transition;
import dev.modulate.resonate.protocol.Answer;
import dev.modulate.resonate.protocol.Promise;
import dev.modulate.resonate.protocol.Reply;
import dev.modulate.resonate.protocol.Request;
import dev.modulate.resonate.protocol.Resonate;
import dev.modulate.resonate.protocol.ResonateUnavailableException;
import dev.modulate.resonate.protocol.Task;
import dev.modulate.resonate.protocol.TaskState;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.Predicate;

/** The real promise machine over a map, on the test's thread. Answers can be held back, lost, or not come at all. */
public final class MemoryResonate implements Resonate {
    private final InstantSource clock;
    private final Machine machine = new Machine(Rules.DEFAULT);
    private final NavigableMap<String, Entry> entries = new TreeMap<>();
    private final List<Inbox> inboxes = new ArrayList<>();
    private final List<Request<?>> sent = new ArrayList<>();
    private final Deque<Runnable> heldBack = new ArrayDeque<>();
    private Predicate<Request<?>> holds = request -> false;
    private boolean down;
    private boolean losesReplies;
    private boolean losesMessages;

    public MemoryResonate(InstantSource clock) {
        this.clock = clock;
    }

    /** No server from now on, or again one. */
    public void setDown(boolean down) {
        this.down = down;
    }

    /** Applies requests and then fails as if nobody had answered. */
    public void setLosesReplies(boolean losesReplies) {
        this.losesReplies = losesReplies;
    }

    /** Nobody hears of orphans. */
    void setLosesMessages(boolean losesMessages) {
        this.losesMessages = losesMessages;
    }

    /** Applies such requests and keeps their answers until {@link #letGo}. */
    public void hold(Predicate<Request<?>> which) {
        holds = which;
    }

    public void letGo() {
        holds = request -> false;
        while (!heldBack.isEmpty()) {
            heldBack.remove().run();
        }
    }

    public <R extends Request<?>> List<R> sent(Class<R> kind) {
        return sent.stream().filter(kind::isInstance).map(kind::cast).toList();
    }

    @Override
    public <A> CompletableFuture<Reply<A>> send(Request<A> request) {
        sent.add(request);
        var future = new CompletableFuture<Reply<A>>();
        if (down) {
            future.completeExceptionally(new ResonateUnavailableException("down", new IllegalStateException()));
            return future;
        }
        var reply = apply(request);
        if (losesReplies) {
            future.completeExceptionally(new ResonateUnavailableException("lost", new IllegalStateException()));
        } else if (holds.test(request)) {
            heldBack.add(() -> future.complete(reply));
        } else {
            future.complete(reply);
        }
        return future;
    }

    /** The same as somebody else, seen by no hold. */
    @SuppressWarnings("unchecked")
    public <A> Reply<A> apply(Request<A> request) {
        if (request instanceof Request.PromiseSearch search) {
            return (Reply<A>) new Reply.Ok<>(200, search(search));
        }
        return keep(machine.apply(clock.millis(), entries::get, request));
    }

    private Answer.Promises search(Request.PromiseSearch search) {
        int limit = search.limit() == null ? 100 : search.limit();
        var from = search.cursor() == null ? entries : entries.tailMap(search.cursor(), false);
        var found = from.values().stream()
                .map(entry -> machine.project(clock.millis(), entry).promise())
                .filter(promise -> search.state() == null || promise.state() == search.state())
                .filter(promise ->
                        promise.tags().entrySet().containsAll(search.tags().entrySet()))
                .limit(limit + 1)
                .toList();
        return found.size() <= limit
                ? new Answer.Promises(found, null)
                : new Answer.Promises(
                        found.subList(0, limit), found.get(limit - 1).id());
    }

    private <A> Reply<A> keep(Transition<A> transition) {
        for (var change : transition.changes()) {
            if (change instanceof Transition.PromisePut put) {
                entries.put(put.entry().id(), put.entry());
            }
        }
        transition
                .deliveries()
                .forEach(delivery -> List.copyOf(inboxes).stream()
                        .limit(losesMessages ? 0 : 1)
                        .forEach(inbox -> inbox.accept(delivery.message())));
        return transition.reply();
    }

    /** Rings leases, deadlines and messages that are due. */
    public void ring() {
        if (down) {
            return;
        }
        for (var entry : List.copyOf(entries.values())) {
            if (entry.timerAtMillis() <= clock.millis()) {
                keep(machine.fire(clock.millis(), entries::get, entry.id()));
            }
        }
    }

    Promise promise(String id) {
        var entry = entries.get(id);
        if (entry == null) {
            throw new AssertionError("no promise " + id + " among " + entries.keySet());
        }
        return machine.project(clock.millis(), entry).promise();
    }

    boolean knows(String id) {
        return entries.containsKey(id);
    }

    public Task task(String id) {
        if (apply(new Request.TaskGet(id)) instanceof Reply.Ok<Answer.OfTask>(int status, Answer.OfTask answer)) {
            return answer.task();
        }
        throw new AssertionError("no task " + id);
    }

    boolean acquired(String id) {
        return task(id).state() == TaskState.ACQUIRED;
    }

    @Override
    public AutoCloseable poll(String group, String id, Inbox inbox) {
        inboxes.add(inbox);
        inbox.connected();
        return () -> inboxes.remove(inbox);
    }

    /** The poll stream broke and is up again. */
    void reconnect() {
        List.copyOf(inboxes).forEach(Inbox::connected);
    }

    @Override
    public void close() {}
}
