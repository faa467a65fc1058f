package dev.modulate.bench.live;

import dev.modulate.executor.v1.Assignment;
import dev.modulate.observability.link.Stubs;
import dev.modulate.resonate.client.HttpResonate;
import dev.modulate.resonate.protocol.Answer;
import dev.modulate.resonate.protocol.Reply;
import dev.modulate.resonate.protocol.Request;
import dev.modulate.router.v1.ExplainPlacementRequest;
import dev.modulate.router.v1.NodeServiceGrpc.NodeServiceBlockingStub;
import dev.modulate.router.v1.RouterServiceGrpc.RouterServiceStub;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;

/** Executors crash, streams break and the router is killed, at random: nothing is booked twice, and every call ends. */
final class Crashes {
    private static final int EXECUTORS = 40;
    private static final double STEPS_PER_SECOND = 100;
    private static final double HEAL_SECONDS_MAX = 60;

    /** What has not ended by then is told of. */
    private static final double SLOW_AFTER_SECONDS = 8;

    private static final double HEAL_PAUSE_SECONDS = 0.5;
    private static final int EXPLAINED_MAX = 10;
    private static final List<String> SETTINGS = List.of("router.lease-ttl=3s", "router.epoch-lease=1s");

    private final Random random;
    private final Path folder;
    private final int port;
    private final List<FakeExecutor> executors = new ArrayList<>();
    private final Calls calls = new Calls("call");

    /** Accepted calls that are known to have ended. */
    private final Set<String> ended = new HashSet<>();

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
        var router = LiveBench.startRouter(folder, port, LiveBench.SERIAL, SETTINGS);
        try (var stubs = new Stubs();
                var resonate =
                        HttpResonate.open(URI.create("http://127.0.0.1:" + port), System::nanoTime, new Random(1))) {
            var stub = stubs.of("127.0.0.1:" + port, RouterServiceStub.class);
            var finisher = new Finisher(resonate);
            disturb(seconds / 2, stub, resonate, finisher);
            router.kill();
            router = LiveBench.startRouter(folder, port, LiveBench.SERIAL, SETTINGS);
            disturb(seconds / 2, stub, resonate, finisher);
            long healFrom = System.nanoTime();
            var nodes = stubs.of("127.0.0.1:" + port, NodeServiceBlockingStub.class);
            boolean healed = Pace.until(SLOW_AFTER_SECONDS, () -> heal(stub, resonate, finisher));
            if (!healed) {
                System.out.println("after " + SLOW_AFTER_SECONDS + " s:");
                explain(pending(resonate), resonate, nodes);
                healed = Pace.until(HEAL_SECONDS_MAX, () -> heal(stub, resonate, finisher));
            }
            var unfinished = healed ? List.<String>of() : pending(resonate);
            report.add("calls unfinished of " + calls.accepted().size(), unfinished.size(), 0, 0, "");
            report.note("time until all had ended", (System.nanoTime() - healFrom) / 1e9, "s");
            explain(unfinished, resonate, nodes);
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

    private void disturb(double seconds, RouterServiceStub router, HttpResonate resonate, Finisher finisher) {
        Pace.run(STEPS_PER_SECOND, seconds, number -> {
            var executor = executors.get(random.nextInt(EXECUTORS));
            switch (random.nextInt(20)) {
                case 0 -> executor.crash();
                case 1 -> executor.cut();
                case 2, 3, 4, 5 -> attach(executor, router);
                case 6, 7, 8, 9, 10, 11 -> submit(router);
                default -> finishOne(executor, finisher);
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

    private static void finishOne(FakeExecutor executor, Finisher finisher) {
        if (executor.attached() && !executor.held().isEmpty()) {
            finish(executor, executor.held().getFirst(), finisher);
        }
    }

    private static void finish(FakeExecutor executor, Assignment assignment, Finisher finisher) {
        finisher.finish(assignment, () -> {
            if (executor.holds(assignment)) {
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
    private boolean heal(RouterServiceStub router, HttpResonate resonate, Finisher finisher) {
        for (var executor : executors) {
            attach(executor, router);
            executor.held().forEach(assignment -> finish(executor, assignment, finisher));
        }
        upkeep(resonate);
        Pace.until(HEAL_PAUSE_SECONDS, () -> false);
        // Not all of them are counted each time: executors that do not report for long are hung up on.
        return calls.accepted().stream().allMatch(id -> ended.contains(id) || settled(resonate, id));
    }

    private List<String> pending(HttpResonate resonate) {
        return calls.accepted().stream()
                .filter(id -> !ended.contains(id) && !settled(resonate, id))
                .toList();
    }

    private boolean settled(HttpResonate resonate, String id) {
        boolean settled = resonate.call(new Request.PromiseGet(id))
                        instanceof Reply.Ok<Answer.OfPromise>(int status, Answer.OfPromise found)
                && found.promise().state().settled();
        if (settled) {
            ended.add(id);
        }
        return settled;
    }

    /** Where calls stand that should have ended. */
    private void explain(List<String> pending, HttpResonate resonate, NodeServiceBlockingStub nodes) {
        for (String id : pending.subList(0, Math.min(EXPLAINED_MAX, pending.size()))) {
            String invocation = "invocations/" + id.substring(id.indexOf('_') + 1);
            String explanation;
            try {
                var answer = nodes.explainPlacement(ExplainPlacementRequest.newBuilder()
                        .setInvocation(invocation)
                        .build());
                explanation = "position " + answer.getQueuePosition() + ", waits for \"" + answer.getWaitingFor()
                        + "\", on \"" + answer.getNode() + "\", first candidate "
                        + answer.getCandidatesList().stream().findFirst();
            } catch (StatusRuntimeException e) {
                explanation = "" + e.getStatus();
            }
            System.out.println(
                    id + ": " + resonate.call(new Request.TaskGet(id)) + "; router: " + explanation.replace('\n', ' '));
        }
    }
}
