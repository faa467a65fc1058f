package dev.modulate.router;

import dev.modulate.invocation.v1.FunctionRef;
import dev.modulate.registry.v1.FunctionSpec;
import dev.modulate.resonate.protocol.Resonate;
import dev.modulate.router.dispatch.Cell;
import dev.modulate.router.dispatch.Owner;
import dev.modulate.router.dispatch.RouterMeters;
import dev.modulate.router.dispatch.Timers;
import dev.modulate.router.placement.WarmFirst;
import dev.modulate.router.rpc.NodeGrpc;
import dev.modulate.router.rpc.RouterGrpc;
import io.grpc.BindableService;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;

/** All of a router but its port. */
public final class Router implements AutoCloseable {
    private final Owner owner;
    private final Cell cell;
    private final RouterGrpc routerService;
    private final NodeGrpc nodeService;

    public Router(
            RouterSettings settings,
            Resonate resonate,
            MeterRegistry meters,
            InstantSource clock,
            LongSupplier nanoTime,
            RandomGenerator random) {
        this(settings, resonate, meters, clock, nanoTime, random, function -> Optional.empty());
    }

    /** @param functions what a deployed function needs, for explanations; must not block */
    public Router(
            RouterSettings settings,
            Resonate resonate,
            MeterRegistry meters,
            InstantSource clock,
            LongSupplier nanoTime,
            RandomGenerator random,
            Function<FunctionRef, Optional<FunctionSpec>> functions) {
        var rules = settings.rules();
        String id = "router-" + Long.toString(clock.millis(), 36) + "-" + Long.toHexString(random.nextLong());
        var timers = new Timers(nanoTime);
        this.owner = new Owner("router-" + rules.cell(), timers);
        this.cell =
                new Cell(rules, id, new WarmFirst(), resonate, owner, timers, new RouterMeters(meters), clock, random);
        this.routerService = new RouterGrpc(cell);
        this.nodeService = new NodeGrpc(cell, functions);
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
        cell.start();
    }

    /** Leases that no node has end by themselves; another router of the cell takes those calls. */
    @Override
    public void close() {
        cell.close();
        owner.close();
    }
}
