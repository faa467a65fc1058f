package dev.modulate.router;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.modulate.observability.settings.SettingsException;
import dev.modulate.observability.settings.SettingsReader;
import dev.modulate.observability.settings.SettingsSource;
import dev.modulate.router.scheduling.SchedulingPolicy;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Settings with their defaults and their mistakes. */
class RouterSettingsTest {
    @Test
    void hasDefaultsThatSuitOneBox() {
        var settings = read(Map.of());

        assertThat(settings.port()).isEqualTo(8082);
        assertThat(settings.resonateUrl()).hasToString("http://127.0.0.1:8001");
        assertThat(settings.rules().target()).isEqualTo("poll://any@router-main");
        assertThat(settings.rules().queueMax()).isEqualTo(10_000);
        assertThat(settings.rules().reattachGrace()).isEqualTo(Duration.ofMillis(250));
    }

    @Test
    void takesWhatIsSet() {
        var settings = read(Map.of("router.cell", "east", "router.stale-after", "2s"));

        assertThat(settings.rules().group()).isEqualTo("router-east");
        assertThat(settings.rules().staleAfter()).isEqualTo(Duration.ofSeconds(2));
    }

    @Test
    void takesAPolicyByName() {
        assertThat(read(Map.of()).policy()).isEqualTo(SchedulingPolicy.WQ);
        assertThat(read(Map.of("router.policy", "jsq2")).policy()).isEqualTo(SchedulingPolicy.JSQ2);
        assertThatThrownBy(() -> read(Map.of("router.policy", "best")))
                .isInstanceOfSatisfying(
                        SettingsException.class,
                        e -> assertThat(e.mistakes())
                                .containsExactly(
                                        "router.policy: \"best\" (expected: wq or ect or jsq2 or random or hash)"));
    }

    @Test
    void namesEveryMistake() {
        assertThatThrownBy(() -> read(Map.of("router.cell", "No Cell", "router.queue-max", "0")))
                .isInstanceOfSatisfying(
                        SettingsException.class,
                        e -> assertThat(e.mistakes()).hasSize(2).allMatch(mistake -> mistake.startsWith("router.")));
    }

    private static RouterSettings read(Map<String, String> flags) {
        var reader = new SettingsReader(SettingsSource.of(flags));
        var settings = RouterSettings.read(reader);
        reader.finish();
        return settings;
    }
}
