package dev.modulate.cli.up;

import dev.modulate.observability.metrics.Meters;
import dev.modulate.observability.settings.SettingsException;
import dev.modulate.observability.settings.SettingsSource;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;

/** {@code modulate up}: {@code [--data DIR] [--port N] [--simulated-gpus N] [--settings FILE] [--set KEY=VALUE]...}. */
public final class UpMain {
    private static final int FAILED = 1;
    private static final Duration READY_WAIT = Duration.ofSeconds(30);
    private static final Duration READY_POLL = Duration.ofMillis(20);

    /** Flags that stand for settings. */
    private static final Map<String, String> FLAGS = Map.of(
            "--data", "up.data",
            "--port", "api.port",
            "--simulated-gpus", "gpu-executor.simulated-gpus");

    private UpMain() {}

    public static void main(String[] arguments) {
        UpSettings settings;
        try {
            settings = UpSettings.read(SettingsSource.of(arguments, System.getenv(), FLAGS, Set.of()));
        } catch (SettingsException e) {
            System.exit(e.tell("modulate up", System.out, System.err));
            return;
        }
        try {
            run(settings);
        } catch (RuntimeException e) {
            System.err.println("modulate up: " + words(e));
            System.exit(FAILED);
        }
    }

    private static void run(UpSettings settings) {
        var process = new OneProcess(
                "up",
                settings,
                Meters.ofProcess(),
                InstantSource.system(),
                System::nanoTime,
                () -> ThreadLocalRandom.current().nextLong());
        process.start();
        Runtime.getRuntime().addShutdownHook(new Thread(process::close, "shutdown"));
        long deadline = System.nanoTime() + READY_WAIT.toNanos();
        while (!process.ready() && System.nanoTime() < deadline) {
            LockSupport.parkNanos(READY_POLL.toNanos());
        }
        ready(settings, process);
    }

    private static void ready(UpSettings settings, OneProcess process) {
        String endpoint = "http://" + settings.api().host() + ":" + process.port();
        String option = process.port() == 8080 ? "" : " --endpoint " + endpoint;
        System.out.println("Modulate is ready at " + endpoint + " (gRPC, HTTP/JSON, /docs, /metrics; data in "
                + settings.data() + ")");
        System.out.println("Try:");
        System.out.println("  ./modulate deploy hello examples/hello" + option);
        System.out.println("  ./modulate invoke hello --data '{\"name\": \"Ada\"}'" + option);
        System.out.println("  ./modulate nodes" + option);
    }

    private static String words(Throwable failure) {
        Throwable cause = failure;
        while (cause.getCause() != null && cause.getMessage() == null) {
            cause = cause.getCause();
        }
        return String.valueOf(cause.getMessage());
    }
}
