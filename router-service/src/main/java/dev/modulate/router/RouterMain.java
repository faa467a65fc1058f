package dev.modulate.router;

import dev.modulate.observability.link.Stubs;
import dev.modulate.observability.metrics.Meters;
import dev.modulate.observability.server.ServerShell;
import dev.modulate.observability.settings.SettingsException;
import dev.modulate.observability.settings.SettingsReader;
import dev.modulate.observability.settings.SettingsSource;
import dev.modulate.registry.v1.RegistryServiceGrpc.RegistryServiceStub;
import dev.modulate.resonate.client.HttpResonate;
import io.grpc.BindableService;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.security.SecureRandom;
import java.time.InstantSource;
import org.slf4j.LoggerFactory;

/** The router as a process: {@code --settings FILE}, {@code --set router.port=8082}. */
public final class RouterMain {
    private RouterMain() {}

    public static void main(String[] arguments) {
        try {
            var reader = new SettingsReader(SettingsSource.of(arguments, System.getenv()));
            var settings = RouterSettings.read(reader);
            reader.finish();
            run(settings);
        } catch (SettingsException e) {
            System.exit(e.tell("modulate router", System.out, System.err));
        }
    }

    private static String hostName() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return "localhost";
        }
    }

    @SuppressWarnings("resource") // Closed by the shutdown hook.
    private static void run(RouterSettings settings) {
        var meters = Meters.ofProcess();
        var random = new SecureRandom();
        var resonate = HttpResonate.open(settings.resonateUrl(), settings.resonateToken(), System::nanoTime, random);
        var stubs = new Stubs();
        var registry = stubs.of(settings.registry(), RegistryServiceStub.class);
        var router = new Router(
                settings,
                settings.address(hostName()),
                resonate,
                registry,
                meters,
                InstantSource.system(),
                System::nanoTime,
                random);
        var services =
                router.services().stream().map(BindableService::bindService).toList();
        var shell = new ServerShell("router", settings.host(), settings.port(), meters, services, server -> {});
        router.start();
        shell.start();
        Runtime.getRuntime()
                .addShutdownHook(Thread.ofPlatform().name("shutdown").unstarted(() -> {
                    shell.close();
                    router.close();
                    resonate.close();
                    stubs.close();
                }));
        LoggerFactory.getLogger(RouterMain.class)
                .atInfo()
                .addKeyValue("service", "router")
                .addKeyValue("port", shell.port())
                .addKeyValue("cell", settings.rules().cell())
                .log("ready");
    }
}
