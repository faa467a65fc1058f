package dev.modulate.resonate.server;

import dev.modulate.observability.settings.SettingsReader;
import dev.modulate.resonate.embedded.PollGroups;
import dev.modulate.resonate.server.auth.AuthSettings;
import dev.modulate.resonate.server.delivery.PushRules;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * Settings of a Resonate server.
 *
 * @param host to bind
 * @param port zero takes a free one
 * @param data folder of the store
 * @param taskRetry time after which an execute message is sent again
 * @param pollConnectionsMax listeners at a time
 * @param push where messages may be posted to
 * @param auth how callers prove who they are
 */
public record ResonateSettings(
        String host,
        int port,
        Path data,
        Duration taskRetry,
        int pollConnectionsMax,
        PushRules push,
        AuthSettings auth) {
    private static final int POLL_CONNECTIONS_LIMIT = 100_000;

    /** The defaults, on any free port of this machine. */
    public static ResonateSettings local(Path data, Duration taskRetry) {
        return new ResonateSettings(
                "127.0.0.1",
                0,
                data,
                taskRetry,
                PollGroups.CONNECTIONS_MAX,
                PushRules.of(List.of("any"), ""),
                AuthSettings.OFF);
    }

    public static ResonateSettings read(SettingsReader reader) {
        return new ResonateSettings(
                reader.text("resonate.host", "127.0.0.1", "Address to bind"),
                reader.port("resonate.port", 8001, "Port to bind"),
                reader.path("resonate.data", "data/resonate", "Folder of the promise store"),
                reader.duration(
                        "resonate.task-retry",
                        Duration.ofSeconds(1),
                        Duration.ofMillis(50),
                        Duration.ofHours(1),
                        "Time after which the message of a task that nobody acquired is sent again"),
                reader.integer(
                        "resonate.poll-connections",
                        PollGroups.CONNECTIONS_MAX,
                        1,
                        POLL_CONNECTIONS_LIMIT,
                        "Listeners for messages at a time"),
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
}
