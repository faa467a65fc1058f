package dev.modulate.api;

import dev.modulate.resonate.protocol.Answer;
import dev.modulate.resonate.protocol.Message;
import dev.modulate.resonate.protocol.Promise;
import dev.modulate.resonate.protocol.PromiseState;
import dev.modulate.resonate.protocol.Reply;
import dev.modulate.resonate.protocol.Request;
import dev.modulate.resonate.protocol.Resonate;
import dev.modulate.resonate.protocol.Value;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/** Promises in a map; what the API asks of a server and nothing more. */
final class FakeResonate implements Resonate {
    final Map<String, Promise> promises = new ConcurrentSkipListMap<>();
    final Map<String, Set<String>> listeners = new ConcurrentHashMap<>();
    final List<Request<?>> requests = new CopyOnWriteArrayList<>();
    final InstantSource clock;
    volatile @Nullable Inbox inbox;

    FakeResonate(InstantSource clock) {
        this.clock = clock;
    }

    /** As a router would. */
    Promise create(String id, long timeoutAtMillis, Value param, Map<String, String> tags) {
        var promise =
                new Promise(id, PromiseState.PENDING, param, Value.EMPTY, tags, timeoutAtMillis, clock.millis(), null);
        promises.putIfAbsent(id, promise);
        return projected(id);
    }

    /** As an executor would. */
    Promise settle(String id, PromiseState state, Value value) {
        return promises.compute(id, (_, promise) -> {
            if (promise == null) {
                throw new IllegalStateException("no promise " + id);
            }
            return promise.state().settled() ? promise : settled(promise, state, value, clock.millis());
        });
    }

    /** Sends what listeners asked for. */
    void unblock(String id) {
        var receiver = inbox;
        if (receiver != null && listeners.containsKey(id)) {
            receiver.accept(new Message.Unblock(projected(id)));
        }
    }

    long count(Class<?> kind) {
        return requests.stream().filter(kind::isInstance).count();
    }

    @Override
    @SuppressWarnings("unchecked") // The answer's type follows from the request's.
    public <A> CompletableFuture<Reply<A>> send(Request<A> request) {
        requests.add(request);
        return CompletableFuture.completedFuture((Reply<A>) answer(request));
    }

    private Reply<?> answer(Request<?> request) {
        return switch (request) {
            case Request.PromiseGet get -> promise(get.id());
            case Request.PromiseSettle settle -> {
                if (!promises.containsKey(settle.id())) {
                    yield new Reply.Refused<>(404, "no such promise");
                }
                settle(settle.id(), settle.state(), settle.value());
                yield promise(settle.id());
            }
            case Request.PromiseRegisterListener listen -> {
                listeners
                        .computeIfAbsent(listen.awaited(), _ -> ConcurrentHashMap.newKeySet())
                        .add(listen.address());
                yield promise(listen.awaited());
            }
            case Request.PromiseSearch search -> search(search);
            default -> new Reply.Refused<>(501, "not offered: " + request.kind());
        };
    }

    private Reply<Answer.OfPromise> promise(String id) {
        return promises.containsKey(id)
                ? new Reply.Ok<>(200, new Answer.OfPromise(projected(id)))
                : new Reply.Refused<>(404, "no such promise");
    }

    private Reply<Answer.Promises> search(Request.PromiseSearch search) {
        var limit = search.limit() == null ? 100 : search.limit();
        var cursor = search.cursor() == null ? "" : search.cursor();
        var found = promises.values().stream()
                .filter(promise -> promise.id().compareTo(cursor) > 0)
                .filter(promise -> search.state() == null || promise.state() == search.state())
                .filter(promise ->
                        promise.tags().entrySet().containsAll(search.tags().entrySet()))
                .toList();
        var page = found.subList(0, Math.min(limit, found.size()));
        String next = found.size() > page.size() ? page.getLast().id() : null;
        return new Reply.Ok<>(200, new Answer.Promises(page, next));
    }

    private Promise projected(String id) {
        return promises.compute(id, (_, promise) -> {
            if (promise == null) {
                throw new IllegalStateException("no promise " + id);
            }
            boolean expired = !promise.state().settled() && promise.timeoutAtMillis() <= clock.millis();
            return expired
                    ? settled(promise, PromiseState.REJECTED_TIMEDOUT, Value.EMPTY, promise.timeoutAtMillis())
                    : promise;
        });
    }

    private static Promise settled(Promise promise, PromiseState state, Value value, long atMillis) {
        return new Promise(
                promise.id(),
                state,
                promise.param(),
                value,
                promise.tags(),
                promise.timeoutAtMillis(),
                promise.createdAtMillis(),
                atMillis);
    }

    @Override
    public AutoCloseable poll(String group, String id, Inbox receiver) {
        inbox = receiver;
        receiver.connected();
        return () -> inbox = null;
    }

    @Override
    public void close() {}
}
