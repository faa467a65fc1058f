package dev.modulate.router.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.modulate.executor.v1.LoadReport;
import dev.modulate.executor.v1.Residency;
import dev.modulate.router.wire.RouterProto;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A router that has taken over decides by the times that nodes have learned. */
class LearnedTimesTest {
    private static final Duration RUN = Duration.ofSeconds(10);

    private final Platform platform = new Platform();

    @AfterEach
    void close() {
        platform.close();
    }

    /** One of two nodes runs a function, for ten seconds as a rule; a call of it comes to the next router. What the other node gets. */
    private FakeExecutor freeNodeAfterTakeOver(Duration load) {
        var first = platform.startRouter("router-1");
        var busy = platform.executor(first, "n1").slots(1).attach();
        String running = platform.api(first, "api-1").dispatch("a");
        busy.run(running);
        first.kill();

        var next = platform.startRouter("router-2");
        busy.moveTo(next).attach();
        busy.report(LoadReport.newBuilder()
                .addResidencies(Residency.newBuilder()
                        .setFunctionKey("default/functions/f/versions/1")
                        .setTier(Residency.Tier.TIER_HOST)
                        .setInstanceCount(1)
                        .setLoadDuration(RouterProto.duration(load))
                        .setRunDuration(RouterProto.duration(RUN))));
        var free = platform.executor(next, "n2").slots(1).attach();
        platform.api(next, "api-1").dispatch("b");
        return free;
    }

    @Test
    void aFunctionThatLoadsForLongWaitsForItsCopy() {
        assertThat(freeNodeAfterTakeOver(Duration.ofSeconds(100)).assigned()).isEmpty();
    }

    @Test
    void aFunctionThatLoadsAtOnceIsLoadedOnceMore() {
        assertThat(freeNodeAfterTakeOver(Duration.ofMillis(500)).assigned()).containsExactly("default_b@1");
    }
}
