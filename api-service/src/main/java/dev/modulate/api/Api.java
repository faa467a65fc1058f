package dev.modulate.api;

import dev.modulate.api.catalogue.Catalogue;
import dev.modulate.api.catalogue.Functions;
import dev.modulate.api.catalogue.InlineSpecs;
import dev.modulate.api.dispatch.Dispatcher;
import dev.modulate.api.dispatch.RouterEvents;
import dev.modulate.api.invocation.Desk;
import dev.modulate.api.invocation.InvocationMeters;
import dev.modulate.api.invocation.InvocationParts;
import dev.modulate.api.invocation.Locator;
import dev.modulate.api.invocation.Reading;
import dev.modulate.api.output.OutputGrpc;
import dev.modulate.api.output.OutputLogs;
import dev.modulate.api.promise.Promises;
import dev.modulate.api.relay.NodeRelay;
import dev.modulate.api.relay.RegistryRelay;
import dev.modulate.api.waiting.Waiter;
import dev.modulate.api.waiting.Waiters;
import dev.modulate.executor.v1.OutputSink;
import dev.modulate.executor.v1.PushResult;
import dev.modulate.registry.v1.RegistryServiceGrpc.RegistryServiceStub;
import dev.modulate.resonate.protocol.Resonate;
import dev.modulate.router.v1.DispatchPlaced;
import io.grpc.BindableService;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The front door, wired. Its services never block the thread they are called on; one timer thread of its own drives what
 * is due.
 */
public final class Api implements AutoCloseable {
    /** Every call belongs to it until callers are told apart. */
    public static final String TENANT = "default";

    private static final Logger LOG = LoggerFactory.getLogger(Api.class);
    private static final Duration TICK = Duration.ofMillis(100);
    private static final int TICKS_PER_SWEEP = 10;
    private static final String POLL_GROUP = "api";

    private final ApiSettings settings;
    private final Resonate resonate;
    private final String incarnation;
    private final ScheduledExecutorService timer;
    private final Functions functions;
    private final Dispatcher dispatcher;
    private final Waiters waiters;
    private final OutputLogs logs;
    private final OutputGrpc output;
    private final InvocationMeters counts;
    private final List<BindableService> publicServices;
    private volatile String servedAt;
    private @Nullable AutoCloseable poll;
    private int ticks;

    /** @param random safe for any thread */
    public Api(
            ApiSettings settings,
            Resonate resonate,
            List<RouterPeer> routers,
            RegistryServiceStub registry,
            MeterRegistry meters,
            InstantSource clock,
            LongSupplier nanoTime,
            RandomGenerator random) {
        this.settings = settings;
        this.resonate = resonate;
        this.servedAt = settings.host() + ":" + settings.port();
        var ids = new FreshIds(clock, random);
        this.incarnation = ids.get();
        this.timer = Executors.newSingleThreadScheduledExecutor(
                Thread.ofPlatform().daemon().name("api-timer").factory());
        var limits = settings.limits();
        var times = settings.times();
        var promises = new Promises(resonate);
        this.functions = new Functions(registry, settings.registry(), timer, random, meters);
        String listener = "poll://uni@" + POLL_GROUP + "/" + incarnation;
        this.waiters = new Waiters(limits.waiters(), promises, listener, clock, nanoTime);
        this.logs = new OutputLogs(limits.outputBytes(), times.outputKept(), nanoTime);
        this.dispatcher = new Dispatcher(
                routers,
                this::sink,
                new FromRouters(),
                new Dispatcher.Waits(times.routerWait(), times.accept()),
                new Dispatcher.Clocks(clock, nanoTime),
                new Dispatcher.Dialling(timer, random, meters));
        this.output = new OutputGrpc(incarnation, logs, this::finished);
        var reading = new Reading(TENANT, promises, new Locator(routers), clock);
        this.counts = new InvocationMeters(meters, TENANT, this::isFunction);
        var desk = new Desk(dispatcher, waiters, logs, reading, counts, clock, nanoTime, limits.waiters());
        this.publicServices = List.of(
                invocations(settings, desk, new Catalogue(functions, new InlineSpecs(registry)), promises, ids),
                new RegistryRelay(registry, functions, settings.registry()),
                new NodeRelay(TENANT, routers, functions));
        gauges(meters);
    }

    private static BindableService invocations(
            ApiSettings settings, Desk desk, Catalogue catalogue, Promises promises, FreshIds ids) {
        var times = settings.times();
        return new InvocationParts(
                        desk,
                        TENANT,
                        catalogue,
                        promises,
                        ids,
                        times.defaultTtl(),
                        times.cancelGrace(),
                        times.routerWait(),
                        settings.registry())
                .service();
    }

    private void gauges(MeterRegistry meters) {
        Gauge.builder("modulate.api.waiters", waiters, Waiters::size)
                .description("Callers that wait for a result")
                .register(meters);
        Gauge.builder("modulate.api.output.memory", logs, OutputLogs::heldBytes)
                .description("Output of invocations held in memory")
                .baseUnit("bytes")
                .register(meters);
        Gauge.builder("modulate.api.output.streams", output, OutputGrpc::streamCount)
                .description("Executors that push output and results")
                .register(meters);
    }

    /** What users call: invocations, functions, nodes. */
    public List<BindableService> publicServices() {
        return publicServices;
    }

    /** Where executors push to. */
    public BindableService outputService() {
        return output;
    }

    public void start() {
        functions.start();
        dispatcher.start();
        poll = resonate.poll(POLL_GROUP, incarnation, waiters);
        timer.scheduleWithFixedDelay(this::tick, TICK.toNanos(), TICK.toNanos(), TimeUnit.NANOSECONDS);
    }

    /** @param address where {@link #outputService} is served, unless the settings advertise another */
    public void start(String address) {
        servedAt = address;
        start();
    }

    /** Ends the streams. Callers that wait are told by their transport; their invocations go on. */
    @Override
    public void close() {
        dispatcher.close();
        functions.close();
        var polling = poll;
        if (polling != null) {
            try {
                polling.close();
            } catch (Exception e) {
                LOG.atWarn().setCause(e).log("the poll did not close");
            }
        }
        timer.shutdownNow();
    }

    private void tick() {
        try {
            dispatcher.tick();
            waiters.tick();
            output.tick();
            ticks++;
            if (ticks % TICKS_PER_SWEEP == 0) {
                logs.sweep();
            }
        } catch (RuntimeException e) {
            LOG.atError().setCause(e).log("a tick failed");
        }
    }

    private OutputSink sink() {
        String address = settings.advertisedAddress().isEmpty() ? servedAt : settings.advertisedAddress();
        return OutputSink.newBuilder()
                .setAddress(address)
                .setIncarnation(incarnation)
                .build();
    }

    private boolean isFunction(String name) {
        return functions.knows(TENANT, name);
    }

    private void finished(PushResult result) {
        counts.pushed(result.getTaskId(), result.getState());
        logs.finished(result.getTaskId());
        waiters.ended(result.getTaskId(), new Waiter.End.Pushed(result));
    }

    private final class FromRouters implements RouterEvents {
        @Override
        public void placed(String taskId, DispatchPlaced placed) {
            waiters.placed(taskId, placed);
        }

        @Override
        public void settled(String taskId) {
            waiters.read(taskId);
        }

        @Override
        public void connected() {
            waiters.routerConnected();
        }
    }
}
