package dev.modulate.registry;

import dev.modulate.observability.metrics.Meters;
import dev.modulate.observability.server.ServerShell;
import dev.modulate.observability.settings.SettingsException;
import dev.modulate.observability.settings.SettingsReader;
import dev.modulate.observability.settings.SettingsSource;
import io.grpc.BindableService;
import java.time.InstantSource;
import org.slf4j.LoggerFactory;

/** The registry as a process: {@code --settings FILE}, {@code --set registry.port=8081}. */
public final class RegistryMain {
    private RegistryMain() {}

    public static void main(String[] arguments) {
        try {
            var reader = new SettingsReader(SettingsSource.of(arguments, System.getenv()));
            var settings = RegistrySettings.read(reader);
            reader.finish();
            run(settings);
        } catch (SettingsException e) {
            System.exit(e.tell("modulate registry", System.out, System.err));
        }
    }

    @SuppressWarnings("resource") // Closed by the shutdown hook.
    private static void run(RegistrySettings settings) {
        var meters = Meters.ofProcess();
        var registry = new Registry(settings, meters, InstantSource.system());
        var services =
                registry.services().stream().map(BindableService::bindService).toList();
        var shell = new ServerShell("registry", settings.host(), settings.port(), meters, services, server -> {});
        registry.start();
        shell.start();
        Runtime.getRuntime()
                .addShutdownHook(Thread.ofPlatform().name("shutdown").unstarted(() -> {
                    shell.close();
                    registry.close();
                }));
        LoggerFactory.getLogger(RegistryMain.class)
                .atInfo()
                .addKeyValue("service", "registry")
                .addKeyValue("port", shell.port())
                .addKeyValue("data", settings.data())
                .log("ready");
    }
}
