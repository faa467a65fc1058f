package dev.modulate.bench.live;

import dev.modulate.executor.v1.Assignment;
import dev.modulate.observability.link.Stubs;
import dev.modulate.resonate.client.HttpResonate;
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

/** Executors that report once a second, and calls that come and end at a rate. The call that runs longest ends first. */
final class BusyFleet implements AutoCloseable {
    private static final int DEVICES_OF_A_CALL = 4;
    private static final double FILL_SECONDS_MAX = 90;

    private final Stubs stubs = new Stubs();
    private final HttpResonate resonate;
    private final Finisher finisher;
    private final Fleet fleet;
    private final NodeServiceBlockingStub nodes;
    private final Calls calls;
    private final Random random = new Random(3);
    private final Thread beating;
    private final Queue<Held> running = new ConcurrentLinkedQueue<>();
    private final ConcurrentHashMap<Integer, Long> freedAt = new ConcurrentHashMap<>();
    private final List<Double> freedMillis = new ArrayList<>();

    private record Held(FakeExecutor executor, Assignment assignment) {}

    /** @param name of its own: no call has the id of another fleet's */
    BusyFleet(String name, int port, int executors) throws IOException {
        calls = new Calls(name);
        resonate = HttpResonate.open(URI.create("http://127.0.0.1:" + port), System::nanoTime, new Random(1));
        finisher = new Finisher(resonate);
        nodes = stubs.of("127.0.0.1:" + port, NodeServiceBlockingStub.class);
        var router = stubs.of("127.0.0.1:" + port, RouterServiceStub.class);
        fleet = Fleet.attached(executors, router, new Listener());
        beating = Thread.ofPlatform().daemon().start(this::beat);
        // The router is in charge by now: it has welcomed executors.
        calls.open(router);
    }

    private void beat() {
        int count = fleet.executors().size();
        while (!Thread.currentThread().isInterrupted()) {
            Pace.run(count, 1, number -> fleet.executor((int) (number % count)).report(System.nanoTime()));
        }
    }

    int slots() {
        return fleet.executors().size() * Reports.DEVICES / DEVICES_OF_A_CALL;
    }

    /** Calls of so many functions in turn, until every slot is taken and the rest waits. */
    void fill(int backlog, int functions) throws IOException {
        for (int i = 0; i < slots() + backlog; i++) {
            submit(i % functions);
        }
        if (!Pace.until(
                FILL_SECONDS_MAX,
                () -> running.size() == slots() && calls.accepted().size() >= slots() + backlog)) {
            throw new IOException("the fleet did not fill: " + running.size() + " of " + slots() + " run, "
                    + calls.accepted().size() + " accepted");
        }
    }

    /** One call ends and one of the same function comes, so often a second: the slot that comes free can be used at once. */
    void replace(double perSecond, double seconds) {
        Pace.run(perSecond, seconds, number -> {
            int function = finishOne();
            if (function >= 0) {
                submit(function);
            }
        });
    }

    /** One call ends and one of any function comes, so often a second. */
    void turnOver(double perSecond, double seconds, int functions) {
        Pace.run(perSecond, seconds, number -> {
            finishOne();
            submit(random.nextInt(functions));
        });
    }

    /** Calls end and none come, until no more than this share of the slots is taken. */
    void drainTo(double share) throws IOException {
        long end = System.nanoTime() + (long) (FILL_SECONDS_MAX * 1e9);
        while (running.size() > share * slots()) {
            Pace.run(500, 0.5, number -> finishOne());
            if (System.nanoTime() > end) {
                throw new IOException("the fleet did not drain: " + running.size() + " run");
            }
        }
    }

    private void submit(int function) {
        calls.submit(function, DEVICES_OF_A_CALL, 0);
    }

    /** The function of the call that ends; negative when none runs. */
    private int finishOne() {
        var held = running.poll();
        if (held == null) {
            return -1;
        }
        int number = held.executor.number();
        finisher.finish(held.assignment, () -> {
            freedAt.putIfAbsent(number, System.nanoTime());
            held.executor.finished(held.assignment);
        });
        return Reports.function(
                held.assignment.getRecord().getTarget().getFunction().getName());
    }

    /** Milliseconds from the end of a call to the next call on its executor, since the last time this was asked. */
    List<Double> freedMillis() {
        synchronized (freedMillis) {
            var all = List.copyOf(freedMillis);
            freedMillis.clear();
            freedAt.clear();
            return all;
        }
    }

    private final class Listener implements FakeExecutor.Listener {
        @Override
        public void assigned(FakeExecutor executor, Assignment assignment) {
            long now = System.nanoTime();
            var freed = freedAt.remove(executor.number());
            if (freed != null) {
                synchronized (freedMillis) {
                    freedMillis.add((now - freed) / 1e6);
                }
            }
            running.add(new Held(executor, assignment));
        }

        @Override
        public void ended(FakeExecutor executor) {}
    }

    /** Seconds from the reset of an executor's stream until the router shows it as gone, one after the other. */
    List<Double> deaths(int count) {
        var out = new ArrayList<Double>();
        for (int i = 0; i < count; i++) {
            var dying = fleet.executor(i);
            var asked = GetNodeRequest.newBuilder().setName(dying.nodeName()).build();
            long start = System.nanoTime();
            dying.cut();
            Pace.until(10, () -> nodes.getNode(asked).getNode().getState() == Node.State.STATE_DETACHED);
            out.add((System.nanoTime() - start) / 1e9);
        }
        return out;
    }

    @Override
    public void close() {
        beating.interrupt();
        resonate.close();
        stubs.close();
    }
}
