package dev.modulate.bench.restart;

import dev.modulate.observability.metrics.Meters;
import dev.modulate.observability.server.ServerShell;
import dev.modulate.resonate.server.ResonateServer;
import dev.modulate.resonate.server.ResonateSettings;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

/** A Resonate server with its defaults on a given folder and port. */
public final class ServerMain {
    private ServerMain() {}

    /** @param arguments folder and port */
    public static void main(String[] arguments) {
        var meters = Meters.ofProcess();
        var server = new ResonateServer(
                ResonateSettings.local(Path.of(arguments[0]), Duration.ofSeconds(1)),
                meters,
                InstantSource.system(),
                System::nanoTime,
                () -> ThreadLocalRandom.current().nextLong());
        server.start();
        new ServerShell("resonate", "127.0.0.1", Integer.parseInt(arguments[1]), meters, List.of(), server::mount)
                .start();
    }
}
