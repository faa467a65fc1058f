package dev.modulate.resonate.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.modulate.observability.settings.SettingsException;
import dev.modulate.resonate.machine.Dialect;
import java.util.Map;
import org.junit.jupiter.api.Test;

class FlagsTest {
    @Test
    void eachFlagIsASetting() {
        var settings = settings(
                "--port", "0", "--debug", "--store", "rocksdb:/tmp/x", "--dialect", "strict", "--task-retry", "500ms");

        assertThat(settings.port()).isZero();
        assertThat(settings.debug()).isTrue();
        assertThat(settings.store().location()).isEqualTo("rocksdb:/tmp/x");
        assertThat(settings.rules().dialect()).isEqualTo(Dialect.STRICT);
        assertThat(settings.rules().retryMillis()).isEqualTo(500);
    }

    @Test
    void withoutFlagsTheServerIsLenientAndLocal() {
        var settings = settings();

        assertThat(settings.host()).isEqualTo("127.0.0.1");
        assertThat(settings.port()).isEqualTo(8001);
        assertThat(settings.debug()).isFalse();
        assertThat(settings.rules().dialect()).isEqualTo(Dialect.LENIENT);
        assertThat(settings.rules().retryMillis()).isEqualTo(1_000);
        assertThat(settings.auth().on()).isFalse();
    }

    @Test
    void everyMistakeIsToldWithItsFieldItsValueAndItsRule() {
        assertThatThrownBy(() ->
                        settings("--port", "70000", "--store", "mysql://x", "--dialect", "loose", "--task-retry", "5"))
                .isInstanceOf(SettingsException.class)
                .hasMessageContaining("resonate.port: \"70000\" (expected: a whole number from 0 to 65535)")
                .hasMessageContaining("resonate.store: \"mysql://x\" (expected: rocksdb:")
                .hasMessageContaining("resonate.dialect: \"loose\" (expected: lenient or strict)")
                .hasMessageContaining("resonate.task-retry: \"5\" (expected: a time with unit");
        assertThatThrownBy(() -> settings("--prot", "1"))
                .hasMessageContaining("argument: \"--prot\" (expected: --debug");
        assertThatThrownBy(() -> settings("--port")).hasMessage("--port: a value is missing");
        assertThatThrownBy(() -> settings("--set", "resonate.dta=x"))
                .hasMessageContaining("resonate.dta: unknown setting");
    }

    private static ResonateSettings settings(String... arguments) {
        return ResonateMain.settings(arguments, Map.of());
    }
}
