package dev.modulate.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.modulate.api.ApiSettings;
import dev.modulate.cli.up.UpSettings;
import dev.modulate.executor.ExecutorSettings;
import dev.modulate.executor.gpu.GpuSettings;
import dev.modulate.observability.settings.Setting;
import dev.modulate.observability.settings.SettingsReader;
import dev.modulate.observability.settings.SettingsSource;
import dev.modulate.registry.RegistrySettings;
import dev.modulate.resonate.server.ResonateSettings;
import dev.modulate.router.RouterSettings;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The settings as the documentation tells them are the settings the code reads. */
class SettingsTableTest {
    private static final String HEAD = "| Key | Type | Default | Meaning |\n|---|---|---|---|\n";

    /** Defaults that differ from machine to machine, or from one kind of executor to the other. */
    private static final Map<String, String> WORDS = Map.of(
            "executor.node-id", "the host's name and the pool, `box-cpu`",
            "executor.cpu", "all cores",
            "executor.memory", "all memory",
            "executor.data", "`data/executor-cpu`, `data/executor-gpu`",
            "executor.metrics-port", "`8083`, on GPU executors `8084`");

    @Test
    void theDocumentationListsEverySettingAsItIs() {
        String expected = HEAD + all().stream().map(SettingsTableTest::row).collect(Collectors.joining());

        assertThat(Document.OPERATIONS.part("settings"))
                .as("replace the table in docs/operations.md by:\n%s", expected)
                .isEqualTo(expected);
    }

    static List<Named<Consumer<SettingsReader>>> services() {
        return List.of(
                Named.of("resonate", ResonateSettings::read),
                Named.of("registry", RegistrySettings::read),
                Named.of("router", RouterSettings::read),
                Named.of("api", ApiSettings::read),
                Named.of("cpu-executor", reader -> ExecutorSettings.read(reader, "cpu", 8083)),
                Named.of("gpu-executor", reader -> {
                    GpuSettings.read(reader);
                    ExecutorSettings.read(reader, "gpu", 8084);
                }));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("services")
    void oneFileServesEveryServiceOfABox(Consumer<SettingsReader> service) {
        var everything = all().stream()
                .filter(setting -> !setting.defaultValue().isEmpty())
                .collect(Collectors.toMap(Setting::key, Setting::defaultValue));
        var reader = new SettingsReader(SettingsSource.of(everything));

        service.accept(reader);

        reader.finish();
    }

    private static List<Setting> all() {
        var reader = new SettingsReader(SettingsSource.of(Map.of()));
        UpSettings.describe(reader);
        return reader.settings().stream()
                .sorted(Comparator.comparing(Setting::key))
                .toList();
    }

    private static String row(Setting setting) {
        String usual = setting.defaultValue().isEmpty() ? "none" : "`" + setting.defaultValue() + "`";
        return "| `%s` | %s | %s | %s |\n"
                .formatted(
                        setting.key(),
                        setting.type(),
                        WORDS.getOrDefault(setting.key(), usual),
                        setting.meaning().substring(0, 1).toUpperCase(Locale.ROOT)
                                + setting.meaning().substring(1));
    }
}
