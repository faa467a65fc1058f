package dev.modulate.cli.up;

import dev.modulate.api.ApiSettings;
import dev.modulate.executor.ExecutorSettings;
import dev.modulate.executor.gpu.GpuSettings;
import dev.modulate.observability.settings.SettingsReader;
import dev.modulate.observability.settings.SettingsSource;
import dev.modulate.registry.RegistrySettings;
import dev.modulate.resonate.server.ResonateSettings;
import dev.modulate.router.RouterSettings;
import java.nio.file.Path;
import java.util.Map;

/**
 * Settings of every service in the process, and of the process itself.
 *
 * @param data folder of everything that is kept
 * @param embedded true to keep promises in this process, false to use the server at {@code resonate.url}
 */
public record UpSettings(
        Path data,
        boolean embedded,
        ResonateSettings resonate,
        RegistrySettings registry,
        RouterSettings router,
        ApiSettings api,
        ExecutorSettings cpu,
        ExecutorSettings gpu,
        GpuSettings devices) {
    private static final int CPU_PORT = 8083;
    private static final int GPU_PORT = 8084;

    /** @throws dev.modulate.observability.settings.SettingsException with every mistake */
    public static UpSettings read(SettingsSource source) {
        Path data = data(new SettingsReader(source));
        var defaults = source.withDefaults(
                Map.of("resonate.store", "rocksdb:" + data + "/resonate", "registry.data", data + "/registry"));
        var reader = new SettingsReader(defaults);
        var settings = read(reader, source);
        reader.finish();
        return settings;
    }

    /** For the documentation: asks a reader for every setting that exists. */
    public static void describe(SettingsReader reader) {
        read(reader, SettingsSource.of(Map.of()));
    }

    private static UpSettings read(SettingsReader reader, SettingsSource source) {
        Path data = data(reader);
        ExecutorSettings.read(reader, "cpu", CPU_PORT);
        return new UpSettings(
                data,
                reader.flag(
                        "up.embedded", true, "Keep promises in this process; false uses the server at resonate.url"),
                ResonateSettings.read(reader),
                RegistrySettings.read(reader),
                RouterSettings.read(reader),
                ApiSettings.read(reader),
                executor(source, data, "cpu", CPU_PORT),
                executor(source, data, "gpu", GPU_PORT),
                GpuSettings.read(reader));
    }

    private static Path data(SettingsReader reader) {
        return reader.path("up.data", "data", "Folder of everything that is kept");
    }

    /** The two executors share settings but neither a folder nor a name; mistakes were told by the main reader. */
    private static ExecutorSettings executor(SettingsSource source, Path data, String pool, int metricsPort) {
        var own = source.with(Map.of("executor.data", data + "/executor-" + pool));
        return ExecutorSettings.read(new SettingsReader(own), pool, metricsPort);
    }
}
