package dev.modulate.resonate.server;

import dev.modulate.observability.metrics.Meters;
import dev.modulate.observability.server.ServerShell;
import dev.modulate.observability.settings.SettingsException;
import dev.modulate.observability.settings.SettingsReader;
import dev.modulate.observability.settings.SettingsSource;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

/** A Resonate server as its own process. */
public final class ResonateMain {
    private static final int USAGE = 2;

    private ResonateMain() {}

    /** @param arguments see {@link SettingsSource} */
    public static void main(String[] arguments) {
        ResonateSettings settings;
        try {
            var reader = new SettingsReader(SettingsSource.of(arguments, System.getenv()));
            settings = ResonateSettings.read(reader);
            reader.finish();
        } catch (SettingsException e) {
            System.err.println(e.getMessage());
            System.exit(USAGE);
            return;
        }
        var meters = Meters.ofProcess();
        var server = new ResonateServer(
                settings,
                meters,
                InstantSource.system(),
                System::nanoTime,
                () -> ThreadLocalRandom.current().nextLong());
        var shell = new ServerShell("resonate", settings.host(), settings.port(), meters, List.of(), server::mount);
        server.start();
        shell.start();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            server.close();
            shell.close();
        }));
    }
}
