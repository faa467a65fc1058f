package dev.modulate.executor.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.modulate.observability.settings.Setting;
import dev.modulate.observability.settings.SettingsException;
import dev.modulate.observability.settings.SettingsReader;
import dev.modulate.observability.settings.SettingsSource;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CpuExecutorTest {
    private static SettingsReader reader(Map<String, String> values) {
        return new SettingsReader(SettingsSource.of(values));
    }

    @Test
    void aNodeHasUsableDefaults() {
        var settings = CpuExecutor.settings(reader(Map.of()));

        assertThat(settings.pool()).isEqualTo("cpu");
        assertThat(settings.nodeId()).matches("[a-z0-9-]{1,63}").endsWith("-cpu");
        assertThat(settings.slots()).isEqualTo(16);
        assertThat(settings.routers()).containsExactly("127.0.0.1:8082");
        assertThat(settings.metricsPort()).isEqualTo(8083);
        assertThat(settings.cpuMillis()).isEqualTo(Runtime.getRuntime().availableProcessors() * 1000);
        assertThat(settings.memoryBytes()).isPositive();
    }

    @Test
    void everySettingSaysWhatItMeans() {
        var reader = reader(Map.of());
        CpuExecutor.settings(reader);

        assertThat(reader.settings())
                .extracting(Setting::key)
                .contains("executor.slots", "executor.python", "resonate.url");
        assertThat(reader.settings()).extracting(Setting::meaning).doesNotContain("");
    }

    @Test
    void allMistakesAreToldAtOnce() {
        var reader = reader(Map.of("executor.slots", "0", "executor.node-id", "Not OK", "executor.slot", "3"));
        CpuExecutor.settings(reader);

        assertThatThrownBy(reader::finish)
                .isInstanceOf(SettingsException.class)
                .hasMessageContainingAll(
                        "executor.slots: \"0\"", "executor.node-id: \"Not OK\"", "executor.slot: unknown");
    }

    @Test
    void hasNoDevices() {
        assertThat(CpuExecutor.devices().list()).isEmpty();
    }
}
