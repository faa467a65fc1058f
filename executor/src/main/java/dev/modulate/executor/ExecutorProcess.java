package dev.modulate.executor;

import dev.modulate.executor.device.Devices;
import dev.modulate.executor.v1.OutputServiceGrpc.OutputServiceStub;
import dev.modulate.observability.link.Stubs;
import dev.modulate.observability.metrics.Meters;
import dev.modulate.observability.server.ServerShell;
import dev.modulate.observability.settings.SettingsReader;
import dev.modulate.registry.v1.RegistryServiceGrpc.RegistryServiceStub;
import dev.modulate.resonate.client.HttpResonate;
import dev.modulate.router.v1.RouterServiceGrpc.RouterServiceStub;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.UncheckedIOException;
import java.net.URI;
import java.time.InstantSource;
import java.util.List;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** An executor as a process of its own: its peers by address, metrics and health on a port. For the mains of the kinds. */
public final class ExecutorProcess implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ExecutorProcess.class);

    private final Stubs stubs = new Stubs();
    private final HttpResonate resonate;
    private final Executor executor;
    private final ServerShell shell;
    private final ExecutorSettings settings;

    /** What a main knows and nobody else may: the real clock and real chance. */
    public record Reality(InstantSource clock, LongSupplier nanoTime, RandomGenerator random) {}

    /** @param devices made with the meters of the process, so that they can be measured too */
    public ExecutorProcess(ExecutorSettings settings, Function<MeterRegistry, Devices> devices, Reality reality) {
        this.settings = settings;
        var meters = Meters.ofProcess();
        resonate = HttpResonate.open(
                URI.create(settings.resonateUrl()), settings.resonateToken(), reality.nanoTime(), reality.random());
        executor = new Executor(
                settings,
                devices.apply(meters),
                settings.routers().stream()
                        .map(address -> stubs.of(address, RouterServiceStub.class))
                        .toList(),
                stubs.of(settings.registry(), RegistryServiceStub.class),
                resonate,
                address -> stubs.of(address, OutputServiceStub.class),
                meters,
                reality.clock(),
                reality.nanoTime(),
                reality.random());
        shell = new ServerShell("executor", settings.host(), settings.metricsPort(), meters, List.of(), server -> {});
    }

    /**
     * Reads what the settings of a kind say, starts, and stops when the process is asked to.
     *
     * @throws dev.modulate.observability.settings.SettingsException with every mistake
     */
    public static void run(
            SettingsReader reader,
            Function<SettingsReader, ExecutorSettings> read,
            Function<MeterRegistry, Devices> devices,
            Reality reality) {
        try {
            var settings = read.apply(reader);
            reader.finish();
            open(settings, devices, reality);
        } catch (UncheckedIOException | IllegalArgumentException e) {
            System.err.println(e.getMessage());
            System.exit(1);
        }
    }

    @SuppressWarnings("resource") // Closed by the shutdown hook.
    private static void open(ExecutorSettings settings, Function<MeterRegistry, Devices> devices, Reality reality) {
        var process = new ExecutorProcess(settings, devices, reality);
        process.start();
        Runtime.getRuntime()
                .addShutdownHook(Thread.ofPlatform().name("shutdown").unstarted(process::stop));
    }

    public void start() {
        executor.start();
        shell.start();
        LOG.atInfo()
                .addKeyValue("node", settings.nodeId())
                .addKeyValue("pool", settings.pool())
                .addKeyValue("slots", settings.slots())
                .addKeyValue("routers", settings.routers())
                .addKeyValue("metrics_port", shell.port())
                .log("executor started");
    }

    /** Lets what runs end, within its grace; what does not is run by other nodes. */
    private void stop() {
        if (!settings.drainGrace().isZero() && !executor.drain(settings.drainGrace())) {
            LOG.atWarn().addKeyValue("grace", settings.drainGrace()).log("ends what still runs");
        }
        close();
    }

    @Override
    public void close() {
        shell.close();
        executor.close();
        resonate.close();
        stubs.close();
    }
}
