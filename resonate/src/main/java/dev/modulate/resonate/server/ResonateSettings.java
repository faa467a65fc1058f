package dev.modulate.resonate.server;

import dev.modulate.observability.settings.SettingsReader;
import java.nio.file.Path;
import java.time.Duration;

/**
 * Settings of a Resonate server.
 *
 * @param host to bind
 * @param port zero takes a free one
 * @param data folder of the store
 * @param taskRetry time after which an execute message is sent again
 */
public record ResonateSettings(String host, int port, Path data, Duration taskRetry) {
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
                        "Time after which the message of a task that nobody acquired is sent again"));
    }
}
