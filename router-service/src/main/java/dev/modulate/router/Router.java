package dev.modulate.router;

import dev.modulate.registry.v1.RegistryServiceGrpc.RegistryServiceStub;
import dev.modulate.resonate.protocol.Resonate;
import dev.modulate.router.dispatch.Cell;
import dev.modulate.router.dispatch.Owner;
import dev.modulate.router.dispatch.RouterMeters;
import dev.modulate.router.dispatch.Tenure;
import dev.modulate.router.dispatch.Timers;
import dev.modulate.router.foreign.Functions;
import dev.modulate.router.foreign.SdkCallMeters;
import dev.modulate.router.foreign.SdkParts;
import dev.modulate.router.group.Epoch;
import dev.modulate.router.group.Member;
import dev.modulate.router.rpc.NodeGrpc;
import dev.modulate.router.rpc.RouterGrpc;
import dev.modulate.router.rpc.Seat;
import dev.modulate.router.rule.RoutingRules;
import dev.modulate.router.scheduling.LoadPrior;
import dev.modulate.router.scheduling.Scheduler;
import dev.modulate.router.wire.Specs;
import io.grpc.BindableService;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.LongSupplier;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * All of a router but its port. It takes calls and nodes while it holds the epoch of its cell; a router of the same cell
 * that does not is a standby.
 */
public final class Router implements AutoCloseable {
    private final RouterSettings settings;
    private final Resonate resonate;
    private final RouterMeters meters;
    private final SdkParts sdk;
    private final InstantSource clock;
    private final LongSupplier nanoTime;
    private final RandomGenerator random;
    private final UnaryOperator<Scheduler> watching;
    private final ScheduledExecutorService dialler;
    private final Functions functions;
    private final Specs specs = new Specs(new RoutingRules());
    private final Seat seat = new Seat();
    private final Epoch epoch;
    private final RouterGrpc routerService;
    private final NodeGrpc nodeService;
    private @Nullable Charge charge;

    /** What a router runs while it is in charge. */
    private record Charge(Owner owner, Cell cell) {}

    /**
     * @param address where this router is reached; no other router that runs has the same
     * @param registry whose functions programs of an SDK may call
     */
    public Router(
            RouterSettings settings,
            String address,
            Resonate resonate,
            RegistryServiceStub registry,
            MeterRegistry meters,
            InstantSource clock,
            LongSupplier nanoTime,
            RandomGenerator random) {
        this(settings, address, resonate, registry, meters, clock, nanoTime, random, UnaryOperator.identity());
    }

    /** @param watching may put something before the scheduler: for those who measure it */
    public Router(
            RouterSettings settings,
            String address,
            Resonate resonate,
            RegistryServiceStub registry,
            MeterRegistry meters,
            InstantSource clock,
            LongSupplier nanoTime,
            RandomGenerator random,
            UnaryOperator<Scheduler> watching) {
        this.watching = watching;
        this.settings = settings;
        this.resonate = resonate;
        this.meters = new RouterMeters(meters);
        this.clock = clock;
        this.nanoTime = nanoTime;
        this.random = random;
        this.dialler = Executors.newSingleThreadScheduledExecutor(
                Thread.ofPlatform().daemon().name("router-dialler").factory());
        this.functions = new Functions(registry, settings.registry(), dialler, random, meters);
        this.sdk = new SdkParts(functions, settings.sdkTenant(), new SdkCallMeters(meters));
        this.epoch = new Epoch(
                resonate,
                settings.rules().cell(),
                new Member(freshId(), address),
                settings.epochLease(),
                new Charges(),
                nanoTime);
        this.routerService = new RouterGrpc(seat, specs);
        this.nodeService = new NodeGrpc(seat, specs, function -> functions.version(settings.sdkTenant(), function));
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
        functions.onPins(this::tellPins);
        functions.start();
        epoch.start();
    }

    /** Leases that no node has end by themselves; another router of the cell takes those calls. */
    @Override
    public void close() {
        epoch.close();
        new Charges().lost();
        functions.close();
        dialler.shutdownNow();
    }

    private void tellPins() {
        var cell = seat.cellOrNull();
        if (cell != null && functions.isKnown()) {
            cell.pinned(functions.pinned(specs));
        }
    }

    private String freshId() {
        return "router-" + Long.toString(clock.millis(), 36) + "-" + Long.toHexString(random.nextLong());
    }

    /** Every time in charge has a cell of its own: what is true is in the promises, and nodes restate what they run. */
    private final class Charges implements Epoch.Listener {
        @Override
        public void won(long number) {
            var timers = new Timers(nanoTime);
            var owner = new Owner("router-" + settings.rules().cell(), timers);
            var scheduler = watching.apply(
                    settings.policy().scheduler(settings.queue(), LoadPrior.DEFAULT, profile -> 1, random));
            var tenure = new Tenure(freshId(), number, epoch::heardOf);
            var cell = new Cell(
                    settings.rules(), tenure, scheduler, resonate, owner, timers, meters, specs, sdk, clock, random);
            charge = new Charge(owner, cell);
            owner.start();
            cell.start();
            meters.inCharge(number);
            seat.take(cell);
            tellPins();
        }

        @Override
        public void raised(long number) {
            if (charge != null) {
                charge.cell().raiseEpoch(number);
                meters.inCharge(number);
            }
        }

        @Override
        public void lost() {
            meters.standby();
            seat.leave();
            var over = charge;
            charge = null;
            if (over != null) {
                over.cell().close();
                over.owner().close();
            }
        }

        @Override
        public void elsewhere(String address) {
            seat.elsewhere(address);
        }
    }
}
