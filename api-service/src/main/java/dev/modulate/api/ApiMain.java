package dev.modulate.api;

import dev.modulate.observability.link.Stubs;
import dev.modulate.observability.metrics.Meters;
import dev.modulate.observability.server.ServerShell;
import dev.modulate.observability.settings.SettingsException;
import dev.modulate.observability.settings.SettingsReader;
import dev.modulate.observability.settings.SettingsSource;
import dev.modulate.registry.v1.RegistryServiceGrpc.RegistryServiceStub;
import dev.modulate.resonate.client.HttpResonate;
import dev.modulate.router.v1.NodeServiceGrpc.NodeServiceStub;
import dev.modulate.router.v1.RouterServiceGrpc.RouterServiceStub;
import io.grpc.BindableService;
import io.grpc.ServerServiceDefinition;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.random.RandomGenerator;
import org.slf4j.LoggerFactory;

/** The API as a process: {@code --settings FILE}, {@code --set api.port=8080}. */
public final class ApiMain {
    private static final int NOT_STARTED = 1;

    private ApiMain() {}

    public static void main(String[] arguments) {
        try {
            var reader = new SettingsReader(SettingsSource.of(arguments, System.getenv()));
            var settings = ApiSettings.read(reader);
            reader.finish();
            run(settings);
        } catch (SettingsException e) {
            System.exit(e.tell("modulate api", System.out, System.err));
        } catch (RuntimeException e) {
            // Threads of the transport would keep half a process alive.
            LoggerFactory.getLogger(ApiMain.class).atError().setCause(e).log("not started");
            System.exit(NOT_STARTED);
        }
    }

    @SuppressWarnings("resource") // Closed by the shutdown hook.
    private static void run(ApiSettings settings) {
        RandomGenerator random = () -> ThreadLocalRandom.current().nextLong();
        var meters = Meters.ofProcess();
        var stubs = new Stubs();
        var resonate = HttpResonate.open(settings.resonate(), settings.resonateToken(), System::nanoTime, random);
        var routers = settings.routers().stream()
                .map(address -> new RouterPeer(
                        address, stubs.of(address, RouterServiceStub.class), stubs.of(address, NodeServiceStub.class)))
                .toList();
        var api = new Api(
                settings,
                resonate,
                routers,
                stubs.of(settings.registry(), RegistryServiceStub.class),
                meters,
                InstantSource.system(),
                System::nanoTime,
                random);
        var shell = new ServerShell("api", settings.host(), settings.port(), meters, services(api), server -> {});
        shell.start();
        api.start(settings.host() + ":" + shell.port());
        Runtime.getRuntime()
                .addShutdownHook(Thread.ofPlatform().name("shutdown").unstarted(() -> {
                    shell.close();
                    api.close();
                    resonate.close();
                    stubs.close();
                }));
    }

    private static List<ServerServiceDefinition> services(Api api) {
        var services = new ArrayList<BindableService>(api.publicServices());
        services.add(api.outputService());
        return services.stream().map(BindableService::bindService).toList();
    }
}
