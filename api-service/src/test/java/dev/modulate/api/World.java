package dev.modulate.api;

import dev.modulate.executor.v1.OutputServiceGrpc;
import dev.modulate.invocation.v1.InvocationServiceGrpc;
import dev.modulate.observability.settings.SettingsReader;
import dev.modulate.observability.settings.SettingsSource;
import dev.modulate.registry.v1.RegistryServiceGrpc;
import dev.modulate.router.v1.NodeServiceGrpc;
import dev.modulate.router.v1.RouterServiceGrpc;
import io.grpc.BindableService;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;

/** An API between fakes, all in this process over gRPC's in-process transport. */
final class World implements AutoCloseable {
    private static final int CALL_SECONDS_MAX = 60;

    final FakeResonate resonate;
    final FakeRegistry registry = new FakeRegistry();
    final List<FakeRouter> routers = new ArrayList<>();
    final List<FakeNodes> nodes = new ArrayList<>();
    final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final List<Server> servers = new ArrayList<>();
    private final List<ManagedChannel> channels = new ArrayList<>();
    private final String prefix = "api-" + System.identityHashCode(this);
    private final ManagedChannel toApi;
    private final Api api;

    /** @param settings beside those that the fakes need */
    World(InstantSource clock, int routerCount, Map<String, String> settings) {
        resonate = new FakeResonate(clock);
        toApi = channel("api");
        var peers = new ArrayList<RouterPeer>();
        for (int i = 0; i < routerCount; i++) {
            var router = new FakeRouter(resonate, _ -> OutputServiceGrpc.newStub(toApi));
            var fleet = new FakeNodes();
            routers.add(router);
            nodes.add(fleet);
            serve("router" + i, List.of(router, fleet));
            var channel = channel("router" + i);
            peers.add(
                    new RouterPeer("router" + i, RouterServiceGrpc.newStub(channel), NodeServiceGrpc.newStub(channel)));
        }
        serve("registry", List.of(registry));
        api = new Api(
                settings(settings),
                resonate,
                peers,
                RegistryServiceGrpc.newStub(channel("registry")),
                meters,
                clock,
                System::nanoTime,
                new Random(7));
        var services = new ArrayList<BindableService>(api.publicServices());
        services.add(api.outputService());
        serve("api", services);
    }

    /** One router, real time. */
    static World ofOneRouter() {
        return new World(InstantSource.system(), 1, Map.of()).started();
    }

    World started() {
        api.start();
        Awaitility.await().until(() -> routers.stream().allMatch(FakeRouter::connected));
        return this;
    }

    /** Without waiting for anybody. */
    void start() {
        api.start();
    }

    FakeRouter router() {
        return routers.getFirst();
    }

    InvocationServiceGrpc.InvocationServiceBlockingStub invocations() {
        return InvocationServiceGrpc.newBlockingStub(toApi).withDeadlineAfter(CALL_SECONDS_MAX, TimeUnit.SECONDS);
    }

    InvocationServiceGrpc.InvocationServiceStub invocationsAsync() {
        return InvocationServiceGrpc.newStub(toApi);
    }

    RegistryServiceGrpc.RegistryServiceBlockingStub functions() {
        return RegistryServiceGrpc.newBlockingStub(toApi).withDeadlineAfter(CALL_SECONDS_MAX, TimeUnit.SECONDS);
    }

    RegistryServiceGrpc.RegistryServiceStub functionsAsync() {
        return RegistryServiceGrpc.newStub(toApi);
    }

    NodeServiceGrpc.NodeServiceBlockingStub fleet() {
        return NodeServiceGrpc.newBlockingStub(toApi).withDeadlineAfter(CALL_SECONDS_MAX, TimeUnit.SECONDS);
    }

    private static ApiSettings settings(Map<String, String> more) {
        var flags = new HashMap<>(more);
        flags.put("api.advertised-address", "in-process");
        var reader = new SettingsReader(SettingsSource.of(flags));
        var settings = ApiSettings.read(reader);
        reader.finish();
        return settings;
    }

    private void serve(String name, List<BindableService> services) {
        var builder = InProcessServerBuilder.forName(prefix + name).directExecutor();
        services.forEach(builder::addService);
        try {
            servers.add(builder.build().start());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private ManagedChannel channel(String name) {
        var channel =
                InProcessChannelBuilder.forName(prefix + name).directExecutor().build();
        channels.add(channel);
        return channel;
    }

    @Override
    public void close() {
        api.close();
        channels.forEach(ManagedChannel::shutdownNow);
        servers.forEach(Server::shutdownNow);
    }
}
