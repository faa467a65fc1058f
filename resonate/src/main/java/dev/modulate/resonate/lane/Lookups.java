package dev.modulate.resonate.lane;

import dev.modulate.resonate.machine.Entry;
import dev.modulate.resonate.machine.Machine;
import dev.modulate.resonate.protocol.Request;
import dev.modulate.resonate.protocol.Request.PromiseCreate;
import dev.modulate.resonate.protocol.Request.PromiseSettle;
import dev.modulate.resonate.store.PromiseStore;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/**
 * Reads what operations will look for before they are applied, all that wait at once and without the lane's lock: a read
 * of a store in another process takes as long as a hundred operations.
 *
 * <p>The memory keeps what is foreseen until the operation was applied, so what was read cannot be out of date by then.
 * One thread reads, and applies the operations that waited; the lane's lock guards who waits.
 */
final class Lookups {
    private static final long CLOSE_MILLIS_MAX = 10_000;

    private final Machine machine;
    private final PromiseStore store;
    private final Memory memory;
    private final ReentrantLock lock;
    private final int waitingMax;
    private final Condition work;
    private final Thread thread = new Thread(this::read, "resonate-lookups");
    private List<Waiting> waiting = new ArrayList<>();
    private boolean closed;

    private record Waiting(List<String> ids, Runnable apply, Consumer<Throwable> fail) {}

    /** @param waitingMax operations beyond which one reads for itself, which slows its caller down */
    Lookups(Machine machine, PromiseStore store, Memory memory, ReentrantLock lock, int waitingMax) {
        this.machine = machine;
        this.store = store;
        this.memory = memory;
        this.lock = lock;
        this.waitingMax = waitingMax;
        this.work = lock.newCondition();
    }

    void start() {
        if (store.remote()) {
            thread.start();
        }
    }

    /** True when the operation must wait for the store; then one of the two is called, on another thread. */
    boolean take(Request<?> request, Runnable apply, Consumer<Throwable> fail) {
        if (!store.remote() || machine.check(request) != null) {
            return false;
        }
        lock.lock();
        try {
            if (closed || waiting.size() >= waitingMax) {
                return false;
            }
            var ids = memory.foresee(ids(request));
            if (ids.isEmpty()) {
                return false;
            }
            waiting.add(new Waiting(ids, apply, fail));
            work.signal();
            return true;
        } finally {
            lock.unlock();
        }
    }

    private void read() {
        while (true) {
            List<Waiting> batch;
            long epoch;
            lock.lock();
            try {
                while (waiting.isEmpty() && !closed) {
                    work.awaitUninterruptibly();
                }
                batch = waiting;
                waiting = new ArrayList<>();
                epoch = memory.epoch();
            } finally {
                lock.unlock();
            }
            if (batch.isEmpty()) {
                return;
            }
            serve(batch, epoch);
        }
    }

    private void serve(List<Waiting> batch, long epoch) {
        Set<String> ids = new HashSet<>();
        batch.forEach(one -> ids.addAll(one.ids()));
        try {
            var found = store.findAll(ids);
            learn(epoch, ids, found);
            batch.forEach(Lookups::apply);
        } catch (RuntimeException | Error e) {
            batch.forEach(one -> one.fail().accept(e));
        } finally {
            release(batch);
        }
    }

    private static void apply(Waiting one) {
        try {
            one.apply().run();
        } catch (RuntimeException | Error e) {
            // The others still wait, and this thread is the only one that serves them.
            one.fail().accept(e);
        }
    }

    private void learn(long epoch, Set<String> ids, Map<String, Entry> found) {
        lock.lock();
        try {
            memory.learn(epoch, ids, found);
        } finally {
            lock.unlock();
        }
    }

    private void release(List<Waiting> batch) {
        lock.lock();
        try {
            batch.forEach(one -> one.ids().forEach(memory::release));
        } finally {
            lock.unlock();
        }
    }

    /** What an operation looks at that may not be in memory: the rest hangs on what is pending, and that is. */
    private static List<String> ids(Request<?> request) {
        return switch (request) {
            case Request.PromiseGet get -> List.of(get.id());
            case PromiseCreate create -> List.of(create.id());
            case PromiseSettle settle -> List.of(settle.id());
            case Request.PromiseRegisterListener listener -> List.of(listener.awaited());
            case Request.PromiseRegisterCallback callback -> List.of(callback.awaited(), callback.awaiter());
            case Request.TaskCreate create -> List.of(create.action().id());
            case Request.TaskAcquire acquire -> List.of(acquire.id());
            case Request.TaskGet get -> List.of(get.id());
            case Request.TaskHeartbeat beat ->
                beat.tasks().stream().map(Request.TaskVersion::id).toList();
            case Request.TaskRelease release -> List.of(release.id());
            case Request.TaskFulfill fulfill -> List.of(fulfill.id());
            case Request.TaskFence fence ->
                switch (fence.action()) {
                    case PromiseCreate create -> List.of(fence.id(), create.id());
                    case PromiseSettle settle -> List.of(fence.id(), settle.id());
                };
            case Request.TaskSuspend suspend -> {
                var ids = new ArrayList<String>();
                ids.add(suspend.id());
                suspend.actions().forEach(action -> ids.add(action.awaited()));
                yield ids;
            }
            case Request.TaskHalt halt -> List.of(halt.id());
            case Request.TaskContinue resume -> List.of(resume.id());
            case Request.PromiseSearch search -> List.of();
            case Request.TaskSearch search -> List.of();
            case Request.ScheduleCreate create -> List.of();
            case Request.ScheduleGet get -> List.of();
            case Request.ScheduleDelete delete -> List.of();
            case Request.ScheduleSearch search -> List.of();
            case Request.Debug<?> debug -> List.of();
        };
    }

    /** Applies what still waits, then stops. Nothing is taken afterwards. */
    void close() throws InterruptedException {
        lock.lock();
        try {
            closed = true;
            work.signal();
        } finally {
            lock.unlock();
        }
        thread.join(CLOSE_MILLIS_MAX);
    }
}
