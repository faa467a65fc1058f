package dev.modulate.bench.live;

import dev.modulate.executor.v1.Assignment;
import dev.modulate.observability.link.Stubs;
import dev.modulate.resonate.client.HttpResonate;
import dev.modulate.resonate.protocol.Answer;
import dev.modulate.resonate.protocol.PromiseState;
import dev.modulate.resonate.protocol.Reply;
import dev.modulate.resonate.protocol.Request;
import dev.modulate.resonate.protocol.Value;
import dev.modulate.router.v1.RouterServiceGrpc.RouterServiceStub;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Executors crash, streams break and the router is killed, at random: nothing is booked twice, and every call ends. */
final class Crashes {
    private static final int EXECUTORS = 40;
    private static final double STEPS_PER_SECOND = 100;
    private static final double HEAL_SECONDS_MAX = 60;
    private static final List<String> SETTINGS = List.of("router.lease-ttl=3s", "router.epoch-lease=1s");

    private final Random random;
    private final Path folder;
    private final int port;
    private final List<FakeExecutor> executors = new ArrayList<>();
    private final Calls calls = new Calls();

    Crashes(long seed, Path folder, int port) {
        this.random = new Random(seed);
        this.folder = folder;
        this.port = port;
    }

    void run(double seconds, LiveReport report) throws IOException, InterruptedException {
        long start = System.nanoTime();
        for (int i = 0; i < EXECUTORS; i++) {
            executors.add(new FakeExecutor(i, Fleet.DEAF, start));
        }
        var router = LiveBench.startRouter(folder, port, SETTINGS);
        try (var stubs = new Stubs();
                var resonate =
                        HttpResonate.open(URI.create("http://127.0.0.1:" + port), System::nanoTime, new Random(1))) {
            var stub = stubs.of("127.0.0.1:" + port, RouterServiceStub.class);
            disturb(seconds / 2, stub, resonate);
            router.kill();
            router = LiveBench.startRouter(folder, port, SETTINGS);
            disturb(seconds / 2, stub, resonate);
            boolean ended = Pace.until(HEAL_SECONDS_MAX, () -> heal(stub, resonate));
            report.add("calls lost of " + calls.accepted().size(), ended ? 0 : (double) pending(resonate), 0, 0, "");
            report.add(
                    "slots or device memory booked twice",
                    executors.stream().mapToInt(FakeExecutor::doubleBooked).sum(),
                    0,
                    0,
                    "");
        } finally {
            router.close();
        }
    }

    private void disturb(double seconds, RouterServiceStub router, HttpResonate resonate) {
        Pace.run(STEPS_PER_SECOND, seconds, number -> {
            var executor = executors.get(random.nextInt(EXECUTORS));
            switch (random.nextInt(20)) {
                case 0 -> executor.crash();
                case 1 -> executor.cut();
                case 2, 3, 4, 5 -> attach(executor, router);
                case 6, 7, 8, 9, 10, 11 -> submit(router);
                default -> finishOne(executor, resonate);
            }
            if (number % STEPS_PER_SECOND == 0) {
                upkeep(resonate);
            }
        });
    }

    private void submit(RouterServiceStub router) {
        if (!calls.isOpen()) {
            calls.open(router);
        }
        calls.submit(random.nextInt(20), 1 + random.nextInt(4), (20L + random.nextInt(40)) << 30);
    }

    private static void attach(FakeExecutor executor, RouterServiceStub router) {
        if (!executor.attached()) {
            executor.attach(router);
        }
    }

    private static void finishOne(FakeExecutor executor, HttpResonate resonate) {
        if (!executor.attached() || executor.held().isEmpty()) {
            return;
        }
        Assignment assignment = executor.held().getFirst();
        var task = assignment.getTask();
        var settle = new Request.PromiseSettle(task.getTaskId(), PromiseState.RESOLVED, Value.EMPTY);
        resonate.send(new Request.TaskFulfill(task.getTaskId(), task.getVersion(), settle))
                .whenComplete((reply, failure) -> {
                    if (failure == null && executor.holds(assignment)) {
                        executor.finished(assignment);
                    }
                });
    }

    /** Reports, and renews the leases of what runs. */
    private void upkeep(HttpResonate resonate) {
        for (var executor : executors) {
            executor.report(System.nanoTime());
            for (var assignment : executor.held()) {
                var task = new Request.TaskVersion(
                        assignment.getTask().getTaskId(), assignment.getTask().getVersion());
                resonate.send(new Request.TaskHeartbeat(assignment.getOwnerPid(), List.of(task)));
            }
        }
    }

    /** Everything works again; true when every accepted call has ended. */
    private boolean heal(RouterServiceStub router, HttpResonate resonate) {
        Pace.run(50, 1, number -> {
            var executor = executors.get((int) (number % EXECUTORS));
            attach(executor, router);
            executor.held().forEach(assignment -> finishOne(executor, resonate));
        });
        upkeep(resonate);
        return pending(resonate) == 0;
    }

    private long pending(HttpResonate resonate) {
        return calls.accepted().stream()
                .filter(id -> resonate.call(new Request.PromiseGet(id))
                                instanceof Reply.Ok<Answer.OfPromise>(int status, Answer.OfPromise found)
                        && !found.promise().state().settled())
                .count();
    }
}
