package dev.modulate.router.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.modulate.router.scheduling.LoadPrior;
import dev.modulate.router.scheduling.WarmQueue;
import dev.modulate.router.scheduling.WarmQueueRules;
import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Two tenants that both ask for more than half, one of them for four times what there is. */
class FairnessTest {
    private static final double FROM_SECONDS = 60;
    private static final double TO_SECONDS = 600;

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void aTenantThatFloodsGetsNoMoreDeviceTimeThanTheOther(long seed) {
        assertThat(index(seed, WarmQueueRules.DEFAULT)).isGreaterThanOrEqualTo(0.99);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void withoutSharesTheFloodWins(long seed) {
        var unfair = WarmQueueRules.DEFAULT.withQuantum(Duration.ofDays(1));
        assertThat(index(seed, unfair)).isLessThan(0.9);
    }

    /** Jain's index over the device-seconds of both. */
    private static double index(long seed, WarmQueueRules rules) {
        var workload = Workloads.flooded(seed, 0.7, 4, TO_SECONDS);
        var queue = new WarmQueue(rules, LoadPrior.DEFAULT, Machines.speeds());
        var requests = new LateRun(workload, Setup.DEFAULT, queue).run(Events.nanos(TO_SECONDS));
        double modest = 0;
        double flooding = 0;
        for (var request : requests) {
            if (request.begunAt >= 0) {
                double from = Math.max(FROM_SECONDS, request.begunAt / 1e9);
                double seconds = Math.max(0, Math.min(TO_SECONDS, request.endedAt / 1e9) - from);
                if (request.program.tenant().equals("modest")) {
                    modest += seconds;
                } else {
                    flooding += seconds;
                }
            }
        }
        return Figures.jain(modest, flooding);
    }
}
