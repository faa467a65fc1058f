package dev.modulate.executor;

import dev.modulate.executor.artifact.ArtifactCache;
import dev.modulate.executor.attach.LoadReports;
import dev.modulate.executor.attach.NodeFacts;
import dev.modulate.executor.attach.RouterLink;
import dev.modulate.executor.device.Accelerator;
import dev.modulate.executor.device.Devices;
import dev.modulate.executor.instance.InstancePool;
import dev.modulate.executor.instance.InstanceStarter;
import dev.modulate.executor.instance.Python;
import dev.modulate.executor.instance.Spawner;
import dev.modulate.executor.lane.Lane;
import dev.modulate.executor.lease.LeaseKeeper;
import dev.modulate.executor.lease.Settler;
import dev.modulate.executor.output.Outputs;
import dev.modulate.executor.run.Explanations;
import dev.modulate.executor.run.Loads;
import dev.modulate.executor.run.Runs;
import dev.modulate.executor.v1.OutputServiceGrpc.OutputServiceStub;
import dev.modulate.executor.v1.PushHello;
import dev.modulate.registry.v1.RegistryServiceGrpc.RegistryServiceStub;
import dev.modulate.resonate.protocol.Resonate;
import dev.modulate.router.v1.RouterServiceGrpc.RouterServiceStub;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One node: everything it is made of, in reading order. Dials out only.
 *
 * <p>One thread, the lane, owns all state; each function process has a thread that speaks with it.
 */
public final class Executor implements AutoCloseable {
    private static final String SLOTS = "modulate.executor.slots";
    private static final String INSTANCES = "modulate.executor.instances";
    private static final int CLOSE_SECONDS_MAX = 5;

    /** Time in which a router hears that this node takes no more, and what it has sent meanwhile is turned down. */
    private static final Duration DRAIN_AT_LEAST = Duration.ofMillis(500);

    private static final Logger LOG = LoggerFactory.getLogger(Executor.class);

    private final LongSupplier nanoTime;
    private final CountDownLatch emptied = new CountDownLatch(1);
    private final Devices devices;
    private final ScheduledThreadPoolExecutor timer;
    private final Lane lane;
    private final ArtifactCache artifacts;
    private final Spawner spawner;
    private final InstancePool pool;
    private final Outputs outputs;
    private final Runs runs;
    private final RouterLink router;

    /** Zero while nobody has asked for an end. Owned by the lane. */
    private long drainingSinceNanos;

    /**
     * @param routers to attach to, one at a time, in this order
     * @param apis the stub for an address that an assignment names
     * @throws UncheckedIOException when there is no Python or the data folder cannot be used
     */
    public Executor(
            ExecutorSettings settings,
            Devices devices,
            List<RouterServiceStub> routers,
            RegistryServiceStub registry,
            Resonate resonate,
            Function<String, OutputServiceStub> apis,
            MeterRegistry meters,
            InstantSource clock,
            LongSupplier nanoTime,
            RandomGenerator random) {
        this.devices = devices;
        this.nanoTime = nanoTime;
        var facts = facts(settings, clock);
        String nodeName = "nodes/" + settings.nodeId();
        timer = timer();
        lane = new Lane("executor-lane-" + settings.pool(), nanoTime);
        artifacts = new ArtifactCache(settings.data().resolve("artifacts"), settings.artifactCacheMaxBytes(), registry);
        spawner = new Spawner();
        var inputs = settings.data().resolve("inputs").toAbsolutePath();
        var starter = new InstanceStarter(
                spawner, python(settings, inputs), devices, System.getenv(), nodeVariables(settings), inputs);
        pool = new InstancePool(
                lane,
                artifacts,
                starter,
                devices,
                new InstancePool.Limits(settings.slots(), settings.startTimeout()),
                nanoTime);
        var leases = new LeaseKeeper(lane, resonate, nanoTime);
        var settler = new Settler(lane, resonate, timer, nanoTime, random);
        var hello = PushHello.newBuilder()
                .setNodeId(facts.nodeId())
                .setIncarnation(facts.incarnation())
                .build();
        outputs = new Outputs(lane, hello, apis, timer, nanoTime, random, meters);
        var loads = new Loads(pool, settings.pool(), meters);
        runs = new Runs(
                new Runs.Node(nodeName, settings.pool(), settings.slots(), capacities(devices)),
                lane,
                new Runs.Parts(pool, leases, settler, outputs, new Explanations(lane, devices), loads),
                nanoTime,
                meters);
        var reports = new LoadReports(runs, pool, devices, clock, nanoTime.getAsLong(), settings.reportPeriod());
        router = new RouterLink(
                lane, facts, devices, runs, loads, pool, reports, nanoTime, routers, timer, random, meters);
        runs.listener(router);
        devices.onChange(router::deviceChanged);
        drainIfAlarmed();
        List.<Runnable>of(leases::tick, runs::tick, pool::tick, outputs::tick, this::tellEmpty)
                .forEach(lane::onTick);
        lane.onBatchEnd(router::report);
        register(meters, settings);
    }

    /** A node that lacks devices is no smaller node: an operator decides, by mending or undraining it. */
    private void drainIfAlarmed() {
        if (!devices.alarm().isEmpty()) {
            LOG.atError().addKeyValue("alarm", devices.alarm()).log("this node starts drained");
            runs.drain(true);
        }
    }

    /** Attaches and takes work. */
    public void start() {
        try {
            artifacts.start();
        } catch (IOException e) {
            throw new UncheckedIOException("executor.data", e);
        }
        devices.start();
        spawner.start();
        lane.start();
        router.start();
    }

    /** True once a router has answered. */
    public boolean attached() {
        return router.attached();
    }

    /**
     * Takes no more, and waits until what runs has ended and its results are delivered.
     *
     * @return false when that took longer than it may
     */
    public boolean drain(Duration atMost) {
        lane.post(() -> {
            runs.drain(true);
            router.deviceChanged();
            drainingSinceNanos = nanoTime.getAsLong();
            LOG.atInfo().addKeyValue("running", runs.busy()).log("finishes what runs and takes no more");
        });
        try {
            return emptied.await(atMost.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private void tellEmpty() {
        if (drainingSinceNanos != 0
                && nanoTime.getAsLong() - drainingSinceNanos > DRAIN_AT_LEAST.toNanos()
                && runs.empty()
                && outputs.delivered()) {
            emptied.countDown();
        }
    }

    /** Stops what runs. Its tasks go to other nodes: the router sees the stream end. */
    @Override
    public void close() {
        router.close();
        lane.post(() -> {
            runs.close();
            pool.close();
            outputs.close();
        });
        lane.close();
        spawner.close();
        timer.shutdown();
        try {
            if (!timer.awaitTermination(CLOSE_SECONDS_MAX, TimeUnit.SECONDS)) {
                timer.shutdownNow();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        devices.close();
    }

    private static NodeFacts facts(ExecutorSettings settings, InstantSource clock) {
        return new NodeFacts(
                settings.nodeId(),
                clock.millis(),
                settings.pool(),
                settings.cpuMillis(),
                settings.memoryBytes(),
                settings.slots(),
                settings.labels(),
                softwareVersion());
    }

    private static String softwareVersion() {
        String version = Executor.class.getPackage().getImplementationVersion();
        return version == null ? "development" : version;
    }

    private static ScheduledThreadPoolExecutor timer() {
        var timer = new ScheduledThreadPoolExecutor(
                1, Thread.ofPlatform().name("executor-timer").daemon(true).factory());
        timer.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
        timer.setRemoveOnCancelPolicy(true);
        return timer;
    }

    private static Python python(ExecutorSettings settings, Path inputs) {
        try {
            Files.createDirectories(inputs);
            return Python.find(settings.python(), settings.data());
        } catch (IOException e) {
            throw new UncheckedIOException("" + e.getMessage(), e);
        }
    }

    private static Map<String, String> nodeVariables(ExecutorSettings settings) {
        return Map.of("MODULATE_NODE", settings.nodeId(), "MODULATE_POOL", settings.pool());
    }

    private static Map<String, Long> capacities(Devices devices) {
        return devices.list().stream()
                .collect(Collectors.toUnmodifiableMap(Accelerator::deviceId, Accelerator::capacityBytes));
    }

    private void register(MeterRegistry meters, ExecutorSettings settings) {
        gauge(meters, settings, SLOTS, "busy", runs::busyNow);
        gauge(meters, settings, SLOTS, "free", () -> settings.slots() - runs.busyNow());
        gauge(meters, settings, INSTANCES, "starting", () -> pool.counts().starting());
        gauge(meters, settings, INSTANCES, "idle", () -> pool.counts().idle());
        gauge(meters, settings, INSTANCES, "busy", () -> pool.counts().busy());
    }

    private static void gauge(
            MeterRegistry meters, ExecutorSettings settings, String name, String state, IntSupplier value) {
        Gauge.builder(name, value::getAsInt)
                .tags("node", settings.nodeId(), "pool", settings.pool(), "state", state)
                .register(meters);
    }
}
