package dev.modulate.router.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.modulate.router.scheduling.WarmQueueRules;
import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What {@link Fairness} measures. */
class FairnessTest {
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void aTenantThatFloodsGetsNoMoreDeviceTimeThanTheOther(long seed) {
        assertThat(Fairness.index(seed, WarmQueueRules.DEFAULT)).isGreaterThanOrEqualTo(0.99);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void oneWhoseCallFitsNowhereStopsNoRounds(long seed) {
        assertThat(Fairness.indexBesideOneThatCannotStart(seed, WarmQueueRules.DEFAULT))
                .isGreaterThanOrEqualTo(0.99);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void withoutSharesTheFloodWins(long seed) {
        var unfair = WarmQueueRules.DEFAULT.withQuantum(Duration.ofDays(1));
        assertThat(Fairness.index(seed, unfair)).isLessThan(0.9);
    }
}
