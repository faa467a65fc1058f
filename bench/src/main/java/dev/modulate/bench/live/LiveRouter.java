package dev.modulate.bench.live;

import dev.modulate.observability.link.Stubs;
import dev.modulate.observability.metrics.Meters;
import dev.modulate.observability.server.ServerShell;
import dev.modulate.observability.settings.SettingsReader;
import dev.modulate.observability.settings.SettingsSource;
import dev.modulate.registry.v1.RegistryServiceGrpc.RegistryServiceStub;
import dev.modulate.resonate.server.ResonateServer;
import dev.modulate.resonate.server.ResonateSettings;
import dev.modulate.router.Router;
import dev.modulate.router.RouterSettings;
import io.grpc.BindableService;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.Map;

/** A real router and a real promise store on one port, as {@code modulate up} has them, and nothing else. */
final class LiveRouter {
    private LiveRouter() {}

    /** @param arguments {@code --set KEY=VALUE}, for the settings of both */
    public static void main(String[] arguments) {
        var reader = new SettingsReader(SettingsSource.of(arguments, Map.of()));
        var routerSettings = RouterSettings.read(reader);
        var resonateSettings = ResonateSettings.read(reader);
        reader.finish();
        var meters = Meters.ofProcess();
        var random = new SecureRandom();
        var clock = InstantSource.system();
        var resonate = new ResonateServer(resonateSettings, meters, clock, System::nanoTime, random);
        resonate.start();
        // No program of an SDK calls here, so no registry is asked.
        var registry = new Stubs().of(routerSettings.registry(), RegistryServiceStub.class);
        var router = new Router(
                routerSettings,
                routerSettings.address("localhost"),
                resonate.resonate(),
                registry,
                meters,
                clock,
                System::nanoTime,
                random,
                scheduler -> new WatchedScheduler(scheduler, meters));
        var services =
                router.services().stream().map(BindableService::bindService).toList();
        var shell = new ServerShell(
                "live", routerSettings.host(), routerSettings.port(), meters, services, resonate::mount);
        router.start();
        shell.start();
        new Probe(meters).start();
    }
}
