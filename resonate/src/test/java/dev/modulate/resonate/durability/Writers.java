package dev.modulate.resonate.durability;

import dev.modulate.resonate.lane.PromiseLane;
import dev.modulate.resonate.machine.Machine;
import dev.modulate.resonate.machine.Rules;
import dev.modulate.resonate.protocol.Answer;
import dev.modulate.resonate.protocol.Promise;
import dev.modulate.resonate.protocol.PromiseState;
import dev.modulate.resonate.protocol.Reply;
import dev.modulate.resonate.protocol.Request;
import dev.modulate.resonate.protocol.Tags;
import dev.modulate.resonate.protocol.Task;
import dev.modulate.resonate.protocol.Value;
import dev.modulate.resonate.store.Stores;
import java.io.PrintStream;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutionException;

/**
 * A process that works through promises and tasks with 64 threads until it is killed, and prints a {@link Fact} for
 * each answer. What it printed must be true ever after.
 */
public final class Writers {
    static final int THREADS = 64;

    /** Printed when another process has taken the promises over. */
    static final String STALE = "STALE";

    private static final String TARGET = "poll://any@workers";
    private static final long FAR_MILLIS = 3_600_000;

    private final PromiseLane lane;
    private final String round;
    private final String filler;
    private final PrintStream out;

    private Writers(PromiseLane lane, String round, String filler, PrintStream out) {
        this.lane = lane;
        this.round = round;
        this.filler = filler;
        this.out = out;
    }

    /** @param arguments location of the store, a name that no earlier round had, and characters that every value has on top */
    public static void main(String[] arguments) {
        var store = Stores.open(arguments[0], null);
        var lane = new PromiseLane(new Machine(Rules.DEFAULT), store, delivery -> {}, InstantSource.system());
        lane.start();
        var writers = new Writers(lane, arguments[1], "x".repeat(Integer.parseInt(arguments[2])), System.out);
        for (int i = 0; i < THREADS; i++) {
            int thread = i;
            Thread.ofPlatform().start(() -> writers.work(thread));
        }
    }

    private void work(int thread) {
        var random = new Random(thread);
        try {
            for (int number = 0; ; number++) {
                tree(round + "-" + thread + "-" + number, random);
                if (number > 0) {
                    read(round + "-" + random.nextInt(THREADS) + "-" + random.nextInt(number), random);
                }
            }
        } catch (ExecutionException e) {
            boolean stale = String.valueOf(e.getCause()).contains("another server has taken the promises over");
            print(stale ? STALE : "FAILED " + e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** A task that waits for a child, is resumed by it and ends; some are left on the way. */
    private void tree(String id, Random random) throws ExecutionException, InterruptedException {
        int steps = random.nextInt(1, 9);
        long timeoutAt = InstantSource.system().millis() + FAR_MILLIS;
        var owned = new Request.PromiseCreate(id, timeoutAt, value("p" + id), Map.of(Tags.TARGET, TARGET));
        var task = granted(new Request.TaskCreate("pid", FAR_MILLIS, owned));
        String child = id + ".c";
        seen(lane.submit(new Request.PromiseCreate(child, timeoutAt, value("p" + child), Map.of(Tags.ORIGIN, id))));
        if (steps < 3) {
            return;
        }
        var callback = new Request.PromiseRegisterCallback(child, id);
        lane.submit(new Request.TaskSuspend(id, task.version(), List.of(callback)))
                .get();
        if (steps < 4) {
            return;
        }
        seen(lane.submit(new Request.PromiseSettle(child, PromiseState.RESOLVED, value("v" + child))));
        if (steps < 6) {
            return;
        }
        task = granted(new Request.TaskAcquire(id, task.version(), "pid", FAR_MILLIS));
        if (steps < 7) {
            return;
        }
        var settle = new Request.PromiseSettle(id, PromiseState.RESOLVED, value("v" + id));
        seen(lane.submit(new Request.TaskFulfill(id, task.version(), settle)));
    }

    private void read(String id, Random random) throws ExecutionException, InterruptedException {
        seen(lane.submit(new Request.PromiseGet(random.nextBoolean() ? id : id + ".c")));
    }

    private Task granted(Request<Answer.Grant> request) throws ExecutionException, InterruptedException {
        if (lane.submit(request).get() instanceof Reply.Ok<Answer.Grant>(int status, Answer.Grant grant)) {
            seen(grant.promise());
            print(new Fact(grant.task().id(), grant.task().version(), null).line());
            return grant.task();
        }
        throw new IllegalStateException("refused: " + request);
    }

    private void seen(java.util.concurrent.Future<Reply<Answer.OfPromise>> reply)
            throws ExecutionException, InterruptedException {
        if (reply.get() instanceof Reply.Ok<Answer.OfPromise>(int status, Answer.OfPromise answer)) {
            seen(answer.promise());
        }
    }

    private void seen(Promise promise) {
        boolean pending = promise.state() == PromiseState.PENDING;
        print(new Fact(promise.id(), 0, pending ? null : promise.value().data()).line());
    }

    private Value value(String data) {
        return new Value(filler.isEmpty() ? Map.of() : Map.of("filler", filler), data);
    }

    private void print(String line) {
        // One write each, so that no line is torn but the last.
        byte[] bytes = (line + "\n").getBytes(java.nio.charset.StandardCharsets.UTF_8);
        out.write(bytes, 0, bytes.length);
        out.flush();
    }
}
