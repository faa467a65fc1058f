package dev.modulate.resonate.lane;

import dev.modulate.resonate.machine.Entry;
import dev.modulate.resonate.machine.Machine;
import dev.modulate.resonate.protocol.Answer;
import dev.modulate.resonate.protocol.Promise;
import dev.modulate.resonate.protocol.PromiseState;
import dev.modulate.resonate.protocol.Reply;
import dev.modulate.resonate.protocol.Request;
import dev.modulate.resonate.protocol.ResonateUnavailableException;
import dev.modulate.resonate.protocol.Task;
import dev.modulate.resonate.store.PromiseStore;
import java.util.ArrayList;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Reads ranges, each on a virtual thread of its own. A search reads a bounded number of records and then answers what it
 * has with a cursor: a page may be short, even empty, and only a missing cursor says that there is no more.
 */
final class Searches implements AutoCloseable {
    private static final int LIMIT_DEFAULT = 100;
    private static final int RECORDS_MAX = 20_000;
    private static final int PAGE_CHARS_MAX = 8 << 20;

    /** At a time: each holds a view of the store and up to a page in memory. */
    static final int SEARCHES_MAX = 32;

    private final Machine machine;
    private final PromiseStore store;
    private final AtomicInteger running = new AtomicInteger();
    private final ExecutorService threads = Executors.newThreadPerTaskExecutor(
            Thread.ofVirtual().name("resonate-search-", 0).factory());

    Searches(Machine machine, PromiseStore store) {
        this.machine = machine;
        this.store = store;
    }

    /** Opens the view now, on the caller's thread, and reads it later. */
    <A> void run(long nowMillis, Request<A> request, CompletableFuture<Reply<A>> future) {
        String mistake = machine.check(request);
        if (mistake != null) {
            future.complete(new Reply.Refused<>(400, mistake));
            return;
        }
        if (running.incrementAndGet() > SEARCHES_MAX) {
            running.decrementAndGet();
            future.completeExceptionally(new ResonateUnavailableException(
                    "too many searches at a time (at most " + SEARCHES_MAX + ")", null));
            return;
        }
        try {
            open(nowMillis, request, future);
        } catch (java.util.concurrent.RejectedExecutionException e) {
            running.decrementAndGet();
            future.completeExceptionally(new ResonateUnavailableException("the server is closing", e));
        } catch (RuntimeException | Error e) {
            running.decrementAndGet();
            Outcomes.fail(future, e);
        }
    }

    private <A> void open(long nowMillis, Request<A> request, CompletableFuture<Reply<A>> future) {
        var scan = store.scan(cursor(request), pendingOnly(request));
        try {
            threads.execute(() -> {
                try {
                    read(scan, nowMillis, request, future);
                } finally {
                    running.decrementAndGet();
                }
            });
        } catch (RuntimeException | Error e) {
            scan.close();
            throw e;
        }
    }

    private static @Nullable String cursor(Request<?> request) {
        return switch (request) {
            case Request.PromiseSearch search -> search.cursor();
            case Request.TaskSearch search -> search.cursor();
            default -> throw new IllegalStateException("not a search: " + request);
        };
    }

    /** What is pending is stored apart, and a task is fulfilled exactly when its promise is settled. */
    private static boolean pendingOnly(Request<?> request) {
        return switch (request) {
            case Request.PromiseSearch search -> search.state() == PromiseState.PENDING;
            case Request.TaskSearch search ->
                search.state() != null && search.state() != dev.modulate.resonate.protocol.TaskState.FULFILLED;
            default -> false;
        };
    }

    @SuppressWarnings("unchecked") // Each branch answers what its request type says.
    private <A> void read(
            PromiseStore.Scan scan, long nowMillis, Request<A> request, CompletableFuture<Reply<A>> future) {
        try (scan) {
            Answer answer = switch (request) {
                case Request.PromiseSearch search -> promises(scan, nowMillis, search);
                case Request.TaskSearch search -> tasks(scan, nowMillis, search);
                default -> throw new IllegalStateException("not a search: " + request);
            };
            future.complete(new Reply.Ok<>(200, (A) answer));
        } catch (RuntimeException | Error e) {
            Outcomes.fail(future, e);
        }
    }

    private Answer.Promises promises(PromiseStore.Scan scan, long nowMillis, Request.PromiseSearch search) {
        var page = new ArrayList<Promise>();
        int limit = search.limit() == null ? LIMIT_DEFAULT : search.limit();
        String last = null;
        long chars = 0;
        for (int read = 0; read < RECORDS_MAX && page.size() < limit && chars < PAGE_CHARS_MAX; read++) {
            var stored = scan.next();
            if (stored == null) {
                return new Answer.Promises(page, null);
            }
            last = stored.id();
            var entry = machine.project(nowMillis, stored);
            if (matches(entry, search)) {
                var promise = entry.promise();
                page.add(promise);
                chars += promise.chars();
            }
        }
        return new Answer.Promises(page, scan.next() == null ? null : last);
    }

    private static boolean matches(Entry entry, Request.PromiseSearch search) {
        Map<String, String> tags = entry.origin().tags();
        return (search.state() == null || search.state() == entry.state())
                && search.tags().entrySet().stream()
                        .allMatch(tag -> tag.getValue().equals(tags.get(tag.getKey())));
    }

    private Answer.Tasks tasks(PromiseStore.Scan scan, long nowMillis, Request.TaskSearch search) {
        var page = new ArrayList<Task>();
        int limit = search.limit() == null ? LIMIT_DEFAULT : search.limit();
        String last = null;
        for (int read = 0; read < RECORDS_MAX && page.size() < limit; read++) {
            var stored = scan.next();
            if (stored == null) {
                return new Answer.Tasks(page, null);
            }
            last = stored.id();
            var task = machine.project(nowMillis, stored).task();
            if (task != null && (search.state() == null || search.state() == task.state())) {
                page.add(task.task(last));
            }
        }
        return new Answer.Tasks(page, scan.next() == null ? null : last);
    }

    @Override
    public void close() {
        threads.close();
    }
}
