package dev.modulate.router;

import dev.modulate.registry.v1.RegistryServiceGrpc.RegistryServiceStub;
import dev.modulate.resonate.protocol.Resonate;
import dev.modulate.router.dispatch.Cell;
import dev.modulate.router.dispatch.Owner;
import dev.modulate.router.dispatch.RouterMeters;
import dev.modulate.router.dispatch.Timers;
import dev.modulate.router.foreign.Functions;
import dev.modulate.router.foreign.SdkCallMeters;
import dev.modulate.router.foreign.SdkParts;
import dev.modulate.router.placement.WarmFirst;
import dev.modulate.router.rpc.NodeGrpc;
import dev.modulate.router.rpc.RouterGrpc;
import io.grpc.BindableService;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;

/** All of a router but its port. */
public final class Router implements AutoCloseable {
    private final Owner owner;
    private final ScheduledExecutorService dialler;
    private final Functions functions;
    private final Cell cell;
    private final RouterGrpc routerService;
    private final NodeGrpc nodeService;

    /** @param registry whose functions programs of an SDK may call */
    public Router(
            RouterSettings settings,
            Resonate resonate,
            RegistryServiceStub registry,
            MeterRegistry meters,
            InstantSource clock,
            LongSupplier nanoTime,
            RandomGenerator random) {
        var rules = settings.rules();
        String id = "router-" + Long.toString(clock.millis(), 36) + "-" + Long.toHexString(random.nextLong());
        var timers = new Timers(nanoTime);
        this.owner = new Owner("router-" + rules.cell(), timers);
        this.dialler = Executors.newSingleThreadScheduledExecutor(
                Thread.ofPlatform().daemon().name("router-dialler").factory());
        this.functions = new Functions(registry, settings.registry(), dialler, random, meters);
        this.cell = new Cell(
                rules,
                id,
                new WarmFirst(),
                resonate,
                owner,
                timers,
                new RouterMeters(meters),
                new SdkParts(functions, settings.sdkTenant(), new SdkCallMeters(meters)),
                clock,
                random);
        this.routerService = new RouterGrpc(cell);
        this.nodeService = new NodeGrpc(cell, function -> functions.spec(settings.sdkTenant(), function));
    }

    public BindableService routerService() {
        return routerService;
    }

    public BindableService nodeService() {
        return nodeService;
    }

    public List<BindableService> services() {
        return List.of(routerService, nodeService);
    }

    public void start() {
        owner.start();
        functions.start();
        cell.start();
    }

    /** Leases that no node has end by themselves; another router of the cell takes those calls. */
    @Override
    public void close() {
        cell.close();
        functions.close();
        dialler.shutdownNow();
        owner.close();
    }
}
