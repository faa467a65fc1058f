package dev.modulate.bench.live;

import dev.modulate.executor.v1.Assignment;
import dev.modulate.observability.link.Stubs;
import dev.modulate.resonate.client.HttpResonate;
import dev.modulate.resonate.protocol.PromiseState;
import dev.modulate.resonate.protocol.Request;
import dev.modulate.resonate.protocol.Value;
import dev.modulate.router.v1.GetNodeRequest;
import dev.modulate.router.v1.Node;
import dev.modulate.router.v1.NodeServiceGrpc.NodeServiceBlockingStub;
import dev.modulate.router.v1.RouterServiceGrpc.RouterServiceStub;
import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;

/** A full fleet and a queue behind it: how long a slot that came free stays empty, and a dead executor stays in. */
final class SlotLatency {
    private static final int DEVICES_OF_A_CALL = 4;
    private static final int BACKLOG = 500;
    private static final double FILL_SECONDS_MAX = 90;
    private static final double FINISHED_PER_SECOND = 100;
    private static final int DEATHS = 30;

    private final int port;
    private final int executors;
    private final Queue<Held> running = new ConcurrentLinkedQueue<>();
    private final ConcurrentHashMap<Integer, Long> freedAt = new ConcurrentHashMap<>();
    private final List<Double> millis = new ArrayList<>();

    private record Held(FakeExecutor executor, Assignment assignment) {}

    SlotLatency(int port, int executors) {
        this.port = port;
        this.executors = executors;
    }

    void run(double seconds, LiveReport report) throws IOException {
        try (var stubs = new Stubs();
                var resonate =
                        HttpResonate.open(URI.create("http://127.0.0.1:" + port), System::nanoTime, new Random(1))) {
            var router = stubs.of("127.0.0.1:" + port, RouterServiceStub.class);
            var fleet = Fleet.attached(executors, router, new Listener());
            var beating = Thread.ofPlatform().daemon().start(() -> beat(fleet));
            var calls = new Calls();
            // The router is in charge by now: it has welcomed executors.
            calls.open(router);
            int slots = executors * Reports.DEVICES / DEVICES_OF_A_CALL;
            for (int i = 0; i < slots + BACKLOG; i++) {
                calls.submit(i, DEVICES_OF_A_CALL, 0);
            }
            if (!Pace.until(
                    FILL_SECONDS_MAX,
                    () -> running.size() == slots && calls.accepted().size() >= slots + BACKLOG)) {
                throw new IOException("the fleet did not fill: " + running.size() + " of " + slots + " run, "
                        + calls.accepted().size() + " accepted");
            }
            Pace.run(FINISHED_PER_SECOND, seconds, number -> {
                finishOne(resonate);
                calls.submit((int) number, DEVICES_OF_A_CALL, 0);
            });
            deaths(fleet, stubs.of("127.0.0.1:" + port, NodeServiceBlockingStub.class), report);
            beating.interrupt();
            report.add("slot freed -> next dispatch p99", quantile(millis, 0.99), 5, 1, "ms");
            report.note("slot freed -> next dispatch p50", quantile(millis, 0.5), "ms of " + millis.size());
        }
    }

    private static void beat(Fleet fleet) {
        while (!Thread.currentThread().isInterrupted()) {
            Pace.run(
                    fleet.executors().size(),
                    1,
                    number -> fleet.executor((int) (number % fleet.executors().size()))
                            .report(System.nanoTime()));
        }
    }

    private void finishOne(HttpResonate resonate) {
        var held = running.poll();
        if (held == null || freedAt.containsKey(held.executor.number())) {
            return;
        }
        var task = held.assignment.getTask();
        var settle = new Request.PromiseSettle(task.getTaskId(), PromiseState.RESOLVED, Value.EMPTY);
        resonate.send(new Request.TaskFulfill(task.getTaskId(), task.getVersion(), settle))
                .whenComplete((reply, failure) -> {
                    freedAt.put(held.executor.number(), System.nanoTime());
                    held.executor.finished(held.assignment);
                });
    }

    private final class Listener implements FakeExecutor.Listener {
        @Override
        public void assigned(FakeExecutor executor, Assignment assignment) {
            long now = System.nanoTime();
            var freed = freedAt.remove(executor.number());
            if (freed != null) {
                synchronized (millis) {
                    millis.add((now - freed) / 1e6);
                }
            }
            running.add(new Held(executor, assignment));
        }

        @Override
        public void ended(FakeExecutor executor) {}
    }

    private static void deaths(Fleet fleet, NodeServiceBlockingStub nodes, LiveReport report) {
        var out = new ArrayList<Double>();
        for (int i = 0; i < DEATHS; i++) {
            var dying = fleet.executor(i);
            var asked = GetNodeRequest.newBuilder().setName(dying.nodeName()).build();
            long start = System.nanoTime();
            dying.cut();
            Pace.until(10, () -> nodes.getNode(asked).getNode().getState() == Node.State.STATE_DETACHED);
            out.add((System.nanoTime() - start) / 1e9);
        }
        report.add("dead executor out, stream reset, p99", quantile(out, 0.99), 3, 0.1, "s");
    }

    static double quantile(List<Double> values, double share) {
        if (values.isEmpty()) {
            return Double.POSITIVE_INFINITY;
        }
        var sorted = values.stream().sorted().toList();
        return sorted.get((int) Math.min(sorted.size() - 1, Math.ceil(share * sorted.size()) - 1));
    }
}
