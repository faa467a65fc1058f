package dev.modulate.registry;

import dev.modulate.observability.settings.SettingsReader;
import java.nio.file.Path;

/**
 * What an operator may say to the registry.
 *
 * @param port zero takes a free one
 * @param data folder of the catalogue and the artifacts; one registry at a time
 */
public record RegistrySettings(String host, int port, Path data, long artifactSizeBytesMax) {
    public static final int PORT = 8081;
    public static final long ARTIFACT_SIZE_BYTES_MAX = 256L << 20;

    public RegistrySettings {
        if (artifactSizeBytesMax < 1) {
            throw new IllegalArgumentException("artifactSizeBytesMax: " + artifactSizeBytesMax + " (expected: > 0)");
        }
    }

    public static RegistrySettings read(SettingsReader reader) {
        long sizeBytesMax = reader.bytes("registry.artifact-size-max", "256MiB", "Largest artifact that is taken");
        if (sizeBytesMax < 1) {
            reader.mistake("registry.artifact-size-max", "at least 1B");
        }
        return new RegistrySettings(
                reader.text("registry.host", "127.0.0.1", "Address to listen on"),
                reader.port("registry.port", PORT, "Port to listen on; 0 takes a free one"),
                reader.path("registry.data", "data/registry", "Folder of the catalogue and the artifacts"),
                Math.max(1, sizeBytesMax));
    }
}
