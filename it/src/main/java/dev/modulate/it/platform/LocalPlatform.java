package dev.modulate.it.platform;

import dev.modulate.cli.up.OneProcess;
import dev.modulate.cli.up.UpSettings;
import dev.modulate.it.process.Http;
import dev.modulate.observability.link.Stubs;
import dev.modulate.observability.metrics.Meters;
import dev.modulate.observability.settings.SettingsSource;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/** The whole platform in the JVM of a test, called over the network. Closing it keeps its folder. */
public final class LocalPlatform implements AutoCloseable {
    private static final Duration READY_WAIT = Duration.ofSeconds(60);
    private static final Duration READY_POLL = Duration.ofMillis(10);
    private static final AtomicInteger STARTED = new AtomicInteger();

    private final OneProcess process;
    private final Stubs stubs = new Stubs();
    private final PlatformClient client;
    private final Http http = new Http();

    private LocalPlatform(OneProcess process) {
        this.process = process;
        this.client = new PlatformClient(stubs, process.port());
    }

    /** Starts and waits until calls can be run. */
    public static LocalPlatform start(Path data) {
        return start(data, Map.of());
    }

    /** @param settings more of them, by key */
    public static LocalPlatform start(Path data, Map<String, String> settings) {
        var process = new OneProcess(
                "local-" + STARTED.incrementAndGet(),
                UpSettings.read(SettingsSource.of(settings(data, settings))),
                Meters.ofProcess(),
                InstantSource.system(),
                System::nanoTime,
                () -> ThreadLocalRandom.current().nextLong());
        process.start();
        awaitReady(process);
        return new LocalPlatform(process);
    }

    /** Every setting that keeps two platforms on one machine apart. */
    private static Map<String, String> settings(Path data, Map<String, String> more) {
        var all = new HashMap<>(Map.of("up.data", data.toString(), "api.port", "0", "resonate.port", "0"));
        all.putAll(more);
        return all;
    }

    private static void awaitReady(OneProcess process) {
        long deadline = System.nanoTime() + READY_WAIT.toNanos();
        while (!process.ready()) {
            if (System.nanoTime() > deadline) {
                process.close();
                throw new IllegalStateException("no executor attached within " + READY_WAIT);
            }
            LockSupport.parkNanos(READY_POLL.toNanos());
        }
    }

    public PlatformClient client() {
        return client;
    }

    public int port() {
        return process.port();
    }

    public Http http() {
        return http;
    }

    public Scrape scrape() {
        var answer = http.get(port(), "/metrics");
        if (answer.status() != 200) {
            throw new IllegalStateException("/metrics answers " + answer);
        }
        return Scrape.of(answer.body());
    }

    @Override
    public void close() {
        stubs.close();
        process.close();
    }
}
