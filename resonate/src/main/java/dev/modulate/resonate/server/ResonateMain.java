package dev.modulate.resonate.server;

import dev.modulate.observability.metrics.Meters;
import dev.modulate.observability.server.ServerShell;
import dev.modulate.observability.settings.SettingsException;
import dev.modulate.observability.settings.SettingsReader;
import dev.modulate.observability.settings.SettingsSource;
import dev.modulate.resonate.store.RocksRepair;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;

/**
 * A Resonate server as its own process: {@code modulate resonate [--port N] [--store rocksdb:DIR | postgresql://...]
 * [--dialect lenient|strict] [--debug] [--task-retry 1s] [--settings FILE] [--set KEY=VALUE]...}, or
 * {@code modulate resonate --repair DIR}, which repairs a damaged store and ends.
 */
public final class ResonateMain {
    private static final int USAGE = 2;
    private static final int FAILED = 1;
    private static final String REPAIR = "--repair";

    /** Flags that stand for settings. */
    private static final Map<String, String> FLAGS = Map.of(
            "--host", "resonate.host",
            "--port", "resonate.port",
            "--store", "resonate.store",
            "--dialect", "resonate.dialect",
            "--debug", "resonate.debug",
            "--task-retry", "resonate.task-retry");

    private ResonateMain() {}

    public static void main(String[] arguments) {
        if (arguments.length > 0 && arguments[0].equals(REPAIR)) {
            System.exit(repair(arguments));
        }
        try {
            run(settings(arguments, System.getenv()));
        } catch (SettingsException e) {
            System.exit(e.tell("modulate resonate", System.out, System.err));
        } catch (RuntimeException e) {
            // Threads of the transport would keep half a process alive.
            System.err.println("modulate resonate: " + words(e));
            System.exit(FAILED);
        }
    }

    /** Saves what can be read of a damaged store, and says what is lost. */
    private static int repair(String[] arguments) {
        if (arguments.length != 2) {
            System.err.println("modulate resonate: usage: --repair DIR");
            return USAGE;
        }
        return RocksRepair.run(Path.of(arguments[1]), System.out);
    }

    /** @throws SettingsException with every mistake */
    static ResonateSettings settings(String[] arguments, Map<String, String> environment) {
        var reader = new SettingsReader(SettingsSource.of(arguments, environment, FLAGS, Set.of("--debug")));
        var settings = ResonateSettings.read(reader);
        reader.finish();
        return settings;
    }

    @SuppressWarnings("resource") // Closed by the shutdown hook.
    private static void run(ResonateSettings settings) {
        var meters = Meters.ofProcess();
        var server = new ResonateServer(
                settings,
                meters,
                InstantSource.system(),
                System::nanoTime,
                () -> ThreadLocalRandom.current().nextLong());
        var shell =
                new ServerShell("resonate", settings.host(), settings.port(), meters, server.services(), server::mount);
        server.start();
        shell.start();
        Runtime.getRuntime()
                .addShutdownHook(Thread.ofPlatform().name("shutdown").unstarted(() -> {
                    server.close();
                    shell.close();
                }));
    }

    private static String words(Throwable failure) {
        Throwable cause = failure;
        while (cause.getCause() != null
                && (cause.getMessage() == null || cause.getMessage().startsWith("java."))) {
            cause = cause.getCause();
        }
        return cause.getMessage() == null ? cause.toString() : cause.getMessage();
    }
}
