package dev.modulate.router.scheduling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.modulate.router.placement.FunctionKey;
import dev.modulate.router.placement.Residency;
import dev.modulate.router.placement.Warmth;
import java.time.Duration;
import java.util.Set;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ModelTest {
    private static final FunctionKey FUNCTION = new FunctionKey("acme/f");
    private static final double UNKNOWN = -1;
    private static final Offset<Double> EXACTLY = within(1e-9);

    private final Model model = new Model(FUNCTION);

    private static Residency learned(int loadSeconds, int runSeconds) {
        return new Residency(
                FUNCTION,
                Residency.Tier.DISK,
                0,
                0,
                Set.of(),
                0,
                Duration.ofSeconds(loadSeconds),
                Duration.ofSeconds(runSeconds));
    }

    @ParameterizedTest
    @EnumSource(names = {"RESIDENT", "ON_DISK", "COLD"})
    void whatANodeHasLearnedCountsUntilMoreIsKnown(Warmth from) {
        model.told(learned(60, 4), 1);

        assertThat(model.knowsRun()).isTrue();
        assertThat(model.loadSeconds(from, UNKNOWN)).isEqualTo(60, EXACTLY);
        assertThat(model.runSeconds(UNKNOWN)).isEqualTo(4, EXACTLY);
        model.loaded(from, 20);
        model.ran(8);
        assertThat(model.loadSeconds(from, UNKNOWN)).as("a quarter").isEqualTo(50, EXACTLY);
        assertThat(model.runSeconds(UNKNOWN)).as("a quarter").isEqualTo(5, EXACTLY);
    }

    @ParameterizedTest
    @EnumSource(names = {"RESIDENT", "ON_DISK", "COLD"})
    void whatThisRouterHasSeenIsNotOverridden(Warmth from) {
        model.loaded(from, 20);
        model.ran(8);

        model.told(learned(60, 4), 1);
        model.told(learned(61, 5), 1);

        assertThat(model.loadSeconds(from, UNKNOWN)).isEqualTo(20, EXACTLY);
        assertThat(model.runSeconds(UNKNOWN)).isEqualTo(8, EXACTLY);
    }

    @Test
    void aRunOnAFastNodeIsLongerOnAnother() {
        model.told(learned(60, 4), 2);

        assertThat(model.runSeconds(UNKNOWN)).isEqualTo(8, EXACTLY);
    }

    @Test
    void aNodeThatHasLearnedNothingSaysNothing() {
        model.told(new Residency(FUNCTION, Residency.Tier.HOST, 1, 1, Set.of()), 1);

        assertThat(model.knowsRun()).isFalse();
        assertThat(model.loadSeconds(Warmth.COLD, UNKNOWN)).isEqualTo(UNKNOWN);
    }
}
