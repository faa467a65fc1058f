package dev.modulate.cli.up;

import dev.modulate.api.Api;
import dev.modulate.api.RouterPeer;
import dev.modulate.executor.Executor;
import dev.modulate.executor.ExecutorSettings;
import dev.modulate.executor.device.Devices;
import dev.modulate.executor.gpu.GpuExecutor;
import dev.modulate.executor.v1.OutputServiceGrpc;
import dev.modulate.observability.server.ServerShell;
import dev.modulate.registry.Registry;
import dev.modulate.registry.v1.RegistryServiceGrpc;
import dev.modulate.resonate.client.HttpResonate;
import dev.modulate.resonate.protocol.Resonate;
import dev.modulate.resonate.server.ResonateServer;
import dev.modulate.router.Router;
import dev.modulate.router.v1.NodeServiceGrpc;
import dev.modulate.router.v1.RouterServiceGrpc;
import io.grpc.BindableService;
import io.grpc.Channel;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The whole platform in one process. The services are the ones that run alone elsewhere; only the transport between them
 * differs.
 */
public final class OneProcess implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(OneProcess.class);

    private final UpSettings settings;
    private final PrometheusMeterRegistry meters;
    private final InstantSource clock;
    private final LongSupplier nanoTime;
    private final RandomGenerator random;
    private final String api;
    private final List<Server> transports = new ArrayList<>();
    private final List<ManagedChannel> channels = new ArrayList<>();

    private final @Nullable ResonateServer promises;
    private final Resonate resonate;
    private final Registry registry;
    private final Router router;
    private final Api front;
    private final Executor cpu;
    private final @Nullable Executor gpu;
    private final ServerShell shell;
    private final @Nullable ServerShell resonatePort;

    /** @param name of the process among others in the same JVM */
    public OneProcess(
            String name,
            UpSettings settings,
            PrometheusMeterRegistry meters,
            InstantSource clock,
            LongSupplier nanoTime,
            RandomGenerator random) {
        this.settings = settings;
        this.meters = meters;
        this.clock = clock;
        this.nanoTime = nanoTime;
        this.random = random;
        this.api = name + "-api";
        promises =
                settings.embedded() ? new ResonateServer(settings.resonate(), meters, clock, nanoTime, random) : null;
        resonate = promises != null
                ? promises.resonate()
                : HttpResonate.open(
                        URI.create(settings.cpu().resonateUrl()), settings.cpu().resonateToken(), nanoTime, random);
        registry = new Registry(settings.registry(), meters, clock);
        var registryChannel = channel(name + "-registry", registry.services());
        router = new Router(
                settings.router(),
                routerAddress(settings),
                resonate,
                RegistryServiceGrpc.newStub(registryChannel),
                meters,
                clock,
                nanoTime,
                random);
        var routerChannel = channel(name + "-router", router.services());
        front = new Api(
                settings.api(),
                resonate,
                List.of(new RouterPeer(
                        "router", RouterServiceGrpc.newStub(routerChannel), NodeServiceGrpc.newStub(routerChannel))),
                RegistryServiceGrpc.newStub(registryChannel),
                meters,
                clock,
                nanoTime,
                random);
        var apiChannel = channel(api, List.of(front.outputService()));
        cpu = executor(settings.cpu(), Devices.none(), registryChannel, routerChannel, apiChannel);
        var devices = GpuExecutor.devices(settings.devices(), meters, nanoTime);
        gpu = devices.list().isEmpty()
                ? null
                : executor(settings.gpu(), devices, registryChannel, routerChannel, apiChannel);
        shell = new ServerShell(
                "modulate", settings.api().host(), settings.api().port(), meters, served(), server -> {
                    if (promises != null) {
                        promises.mount(server);
                    }
                });
        resonatePort = promises == null
                ? null
                : new ServerShell(
                        "resonate",
                        settings.resonate().host(),
                        settings.resonate().port(),
                        meters,
                        promises.services(),
                        promises::mount);
    }

    /** Two of these on one machine have different folders, or could not run at the same time. */
    private static String routerAddress(UpSettings settings) {
        String host;
        try {
            host = InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            host = "localhost";
        }
        return host + ":" + settings.registry().data().toAbsolutePath();
    }

    private List<ServerServiceDefinition> served() {
        var services = new ArrayList<>(front.publicServices());
        services.add(front.outputService());
        services.add(router.routerService());
        var served =
                services.stream().map(BindableService::bindService).collect(Collectors.toCollection(ArrayList::new));
        if (promises != null) {
            served.addAll(promises.services());
        }
        return served;
    }

    private Channel channel(String name, List<BindableService> services) {
        var server = InProcessServerBuilder.forName(name).directExecutor();
        services.forEach(server::addService);
        transports.add(server.build());
        var channel = InProcessChannelBuilder.forName(name).directExecutor().build();
        channels.add(channel);
        return channel;
    }

    private Executor executor(
            ExecutorSettings own, Devices devices, Channel registryChannel, Channel routerChannel, Channel apiChannel) {
        return new Executor(
                own,
                devices,
                List.of(RouterServiceGrpc.newStub(routerChannel)),
                RegistryServiceGrpc.newStub(registryChannel),
                resonate,
                address -> OutputServiceGrpc.newStub(apiChannel),
                meters,
                clock,
                nanoTime,
                random);
    }

    /** Starts everything in the order of who needs whom. */
    public void start() {
        if (promises != null) {
            promises.start();
        }
        for (var transport : transports) {
            try {
                transport.start();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        registry.start();
        router.start();
        front.start(api);
        cpu.start();
        if (gpu != null) {
            gpu.start();
        }
        shell.start();
        startResonatePort();
    }

    /** The protocol is served on the main port anyway; its usual port is for programs that know no other. */
    private void startResonatePort() {
        if (resonatePort == null) {
            return;
        }
        try {
            resonatePort.start();
        } catch (RuntimeException e) {
            LOG.atInfo()
                    .addKeyValue("port", settings.resonate().port())
                    .log("the port of the Resonate protocol is taken; it is served on the main port only");
        }
    }

    /** Port of everything. */
    public int port() {
        return shell.port();
    }

    /** True once calls can be run: the executors have attached. */
    public boolean ready() {
        return cpu.attached() && (gpu == null || gpu.attached());
    }

    /** True when there are GPUs, simulated or not. */
    public boolean hasGpu() {
        return gpu != null;
    }

    @Override
    public void close() {
        if (promises == null) {
            closeServices();
            resonate.close();
            return;
        }
        closeServices();
        promises.close();
    }

    private void closeServices() {
        cpu.close();
        if (gpu != null) {
            gpu.close();
        }
        front.close();
        router.close();
        registry.close();
        channels.forEach(ManagedChannel::shutdownNow);
        transports.forEach(Server::shutdownNow);
        if (resonatePort != null) {
            resonatePort.close();
        }
        shell.close();
    }
}
