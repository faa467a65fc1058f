package dev.modulate.router.dispatch;

import dev.modulate.router.foreign.SdkCallMeters;
import dev.modulate.router.foreign.SdkParts;
import dev.modulate.router.rpc.NodeGrpc;
import dev.modulate.router.rpc.RouterGrpc;
import dev.modulate.router.rpc.Seat;
import dev.modulate.router.rule.RoutingRules;
import dev.modulate.router.scheduling.LoadPrior;
import dev.modulate.router.scheduling.SchedulingPolicy;
import dev.modulate.router.scheduling.WarmQueueRules;
import dev.modulate.router.v1.NodeServiceGrpc;
import dev.modulate.router.v1.RouterServiceGrpc;
import dev.modulate.router.wire.Specs;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/** A router with fake executors and APIs around it, all on the test's thread. */
final class Platform implements AutoCloseable {
    static final Duration LEASE = Duration.ofSeconds(10);
    private static final Duration STEP = Duration.ofMillis(10);
    private static final int STEPS_OF_A_PERIOD = 100;

    final FakeTime time = new FakeTime();
    final MemoryResonate resonate = new MemoryResonate(time);
    final FakeDeployed deployed = new FakeDeployed();
    private final List<Runnable> rings = new ArrayList<>();
    private final List<FakeExecutor> executors = new ArrayList<>();
    private long stepsPassed;
    private long epochs = 100;
    private final List<Runnable> open = new ArrayList<>();
    private final SchedulingPolicy policy;

    Platform() {
        this(SchedulingPolicy.WQ);
    }

    Platform(SchedulingPolicy policy) {
        this.policy = policy;
    }

    /** One start of a router. */
    final class RouterStart {
        final String id;
        final SimpleMeterRegistry meters = new SimpleMeterRegistry();
        final Cell cell;
        final RouterServiceGrpc.RouterServiceStub stub;
        final RouterServiceGrpc.RouterServiceBlockingStub blocking;
        final NodeServiceGrpc.NodeServiceBlockingStub nodes;
        private final Server server;
        private final ManagedChannel channel;
        private final Runnable ring;

        private RouterStart(String id, DispatchRules rules, WarmQueueRules queue) {
            this.id = id;
            var owner = new InlineOwner();
            var timers = new Timers(time);
            var specs = new Specs(new RoutingRules());
            this.cell = new Cell(
                    rules,
                    new Tenure(id, ++epochs, seen -> {}),
                    policy.scheduler(queue, LoadPrior.DEFAULT, profile -> 1, new Random(1)),
                    resonate,
                    owner,
                    timers,
                    new RouterMeters(meters),
                    specs,
                    new SdkParts(deployed, "default", new SdkCallMeters(meters)),
                    time,
                    new Random(1));
            var seat = Seat.of(cell);
            String name = InProcessServerBuilder.generateName();
            this.server = InProcessServerBuilder.forName(name)
                    .directExecutor()
                    .addService(new RouterGrpc(seat, specs))
                    .addService(new NodeGrpc(seat, specs, function -> Optional.empty()))
                    .build();
            this.channel =
                    InProcessChannelBuilder.forName(name).directExecutor().build();
            this.stub = RouterServiceGrpc.newStub(channel);
            this.blocking = RouterServiceGrpc.newBlockingStub(channel);
            this.nodes = NodeServiceGrpc.newBlockingStub(channel);
            this.ring = () -> owner.execute(timers::ring);
        }

        /** The process is gone: nothing is said any more, streams end, timers stand still. */
        void kill() {
            rings.remove(ring);
            cell.close();
            channel.shutdownNow();
            server.shutdownNow();
        }
    }

    static DispatchRules rules(int queueMax) {
        return new DispatchRules(
                "main", queueMax, Duration.ofSeconds(5), Duration.ofMillis(250), LEASE, Duration.ofSeconds(1), 10, ".");
    }

    RouterStart startRouter(String id) {
        return startRouter(id, rules(10_000));
    }

    RouterStart startRouter(String id, DispatchRules rules) {
        return startRouter(id, rules, WarmQueueRules.DEFAULT);
    }

    RouterStart startRouter(String id, DispatchRules rules, WarmQueueRules queue) {
        var router = new RouterStart(id, rules, queue);
        try {
            router.server.start();
        } catch (IOException e) {
            throw new AssertionError("in-process servers bind no port", e);
        }
        router.cell.start();
        rings.add(router.ring);
        open.add(router::kill);
        return router;
    }

    FakeExecutor executor(RouterStart router, String nodeId) {
        var executor = new FakeExecutor(this, router, nodeId);
        executors.add(executor);
        return executor;
    }

    FakeApi api(RouterStart router, String address) {
        return new FakeApi(router, address);
    }

    /** Lets time pass, and everything that is due happen on the way. */
    void pass(Duration duration) {
        for (long steps = duration.dividedBy(STEP); steps > 0; steps--) {
            time.add(STEP);
            if (++stepsPassed % STEPS_OF_A_PERIOD == 0) {
                executors.forEach(FakeExecutor::heartbeat);
            }
            resonate.ring();
            List.copyOf(rings).forEach(Runnable::run);
        }
    }

    @Override
    public void close() {
        for (var each : open.reversed()) {
            each.run();
        }
    }
}
