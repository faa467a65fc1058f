package dev.modulate.resonate.server;

import dev.modulate.observability.settings.SettingsReader;
import dev.modulate.resonate.embedded.PollGroups;
import dev.modulate.resonate.machine.Dialect;
import dev.modulate.resonate.machine.Rules;
import dev.modulate.resonate.server.auth.AuthSettings;
import dev.modulate.resonate.server.delivery.PushRules;
import dev.modulate.resonate.store.Stores;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * Settings of a Resonate server.
 *
 * @param host to bind
 * @param port zero takes a free one
 * @param rules what differs from server to server
 * @param debug true to take the time from requests and to serve debug operations
 * @param listeners who waits for messages
 * @param push where messages may be posted to
 * @param auth how callers prove who they are
 */
public record ResonateSettings(
        String host,
        int port,
        Store store,
        Rules rules,
        boolean debug,
        Listeners listeners,
        PushRules push,
        AuthSettings auth) {
    private static final int POLL_CONNECTIONS_LIMIT = 100_000;
    private static final int PRELOAD_LIMIT = 1_000;
    private static final Duration LEASE_LIMIT = Duration.ofDays(3650);

    /**
     * Where promises are kept.
     *
     * @param location see {@link Stores}
     * @param password of the database; empty for none, or when the location has it
     * @param retention how long settled promises stay; zero for ever
     */
    public record Store(String location, String password, Duration retention) {}

    /**
     * Connections that wait for messages.
     *
     * @param max at a time
     * @param keepAlive time between two signs of life on an idle one; who takes nothing of what waits for it for a little more
     *     than {@link dev.modulate.resonate.server.delivery.ReaderRoom#IDLE_CHECKS_MAX} times as long is cut off
     */
    public record Listeners(int max, Duration keepAlive) {
        static final Listeners DEFAULT = new Listeners(PollGroups.CONNECTIONS_MAX, Duration.ofSeconds(15));
    }

    /** The defaults, on any free port of this machine. */
    public static ResonateSettings local(Path folder, Duration taskRetry) {
        return new ResonateSettings(
                "127.0.0.1",
                0,
                new Store("rocksdb:" + folder, "", Duration.ZERO),
                new Rules(taskRetry.toMillis()),
                false,
                Listeners.DEFAULT,
                PushRules.of(List.of("any"), ""),
                AuthSettings.OFF);
    }

    public static ResonateSettings read(SettingsReader reader) {
        return new ResonateSettings(
                reader.text("resonate.host", "127.0.0.1", "Address to bind"),
                reader.port("resonate.port", 8001, "Port to bind; 0 takes a free one"),
                store(reader),
                rules(reader),
                reader.flag(
                        "resonate.debug",
                        false,
                        "Take the time from requests, and serve debug operations; for tests only"),
                listeners(reader),
                PushRules.of(
                        reader.list(
                                "resonate.push",
                                List.of("any"),
                                "Hosts that messages may be posted to, with or without a port; any or none"),
                        reader.text(
                                "resonate.push-token",
                                "",
                                "Bearer token of pushed messages; a secret, so file: or env:")),
                AuthSettings.read(reader));
    }

    private static Listeners listeners(SettingsReader reader) {
        return new Listeners(
                reader.integer(
                        "resonate.poll-connections",
                        Listeners.DEFAULT.max(),
                        1,
                        POLL_CONNECTIONS_LIMIT,
                        "Listeners for messages at a time"),
                reader.duration(
                        "resonate.poll-keep-alive",
                        Listeners.DEFAULT.keepAlive(),
                        Duration.ofMillis(50),
                        Duration.ofMinutes(10),
                        "Time between two signs of life to an idle listener; one that takes nothing for five times as long is"
                                + " cut off"));
    }

    private static Store store(SettingsReader reader) {
        return new Store(
                reader.text(
                        "resonate.store",
                        "rocksdb:data/resonate",
                        Stores.LOCATION,
                        "Where promises are kept: rocksdb:DIR or postgresql://USER@HOST/DATABASE"),
                reader.text("resonate.store-password", "", "Password of the database; a secret, so file: or env:"),
                reader.duration(
                        "resonate.retention",
                        Duration.ZERO,
                        Duration.ZERO,
                        Duration.ofDays(3650),
                        "How long promises stay once all of their tree are settled; 0s: for ever"));
    }

    private static Rules rules(SettingsReader reader) {
        var dialect = reader.choice(
                "resonate.dialect",
                Dialect.LENIENT,
                "Rules of the protocol: lenient as released servers, strict as the specification");
        var retry = reader.duration(
                "resonate.task-retry",
                Duration.ofSeconds(1),
                Duration.ofMillis(50),
                Duration.ofHours(1),
                "Time after which the message of a task that nobody acquired is sent again");
        var lease = reader.duration(
                "resonate.lease-max",
                Duration.ZERO,
                Duration.ZERO,
                LEASE_LIMIT,
                "Longest lease of a task that a caller may ask for; 0s: any");
        int preload = reader.integer(
                "resonate.preload",
                Rules.PRELOAD_MAX,
                0,
                PRELOAD_LIMIT,
                "Promises of the same branch that are sent along with a task");
        return new Rules(retry.toMillis())
                .with(dialect)
                .with(lease.isZero() ? Long.MAX_VALUE : lease.toMillis(), preload);
    }
}
