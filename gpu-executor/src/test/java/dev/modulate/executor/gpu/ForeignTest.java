package dev.modulate.executor.gpu;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Foreign memory counts once it has lasted. */
class ForeignTest {
    private static final long GIB = 1L << 30;

    private final Foreign foreign = new Foreign();

    @Test
    void whatIsThereAtTheStartCountsAtOnce() {
        assertThat(at(0, 4 * GIB)).isEqualTo(4 * GIB);
    }

    @Test
    void whatComesCountsAfterASecondAndBeforeThree() {
        at(0, 0);
        assertThat(at(900, 4 * GIB)).isZero();
        assertThat(at(1_000, 4 * GIB)).isZero();
        assertThat(at(1_900, 4 * GIB)).isZero();
        assertThat(at(2_900, 4 * GIB)).isEqualTo(4 * GIB);
    }

    @Test
    void whatIsSeenForAMomentDoesNotCount() {
        at(0, 0);
        for (long millis = 100; millis < 5_000; millis += 100) {
            assertThat(at(millis, millis % 1_000 == 500 ? 4 * GIB : 0)).isZero();
        }
    }

    @Test
    void whatGoesIsGoneAtOnce() {
        at(0, 4 * GIB);
        assertThat(at(100, GIB)).isEqualTo(GIB);
    }

    @Test
    void smallChangesAreNoNews() {
        assertThat(at(0, GIB + 1)).isEqualTo(GIB);
        assertThat(at(100, GIB + (63L << 20))).isEqualTo(GIB);
    }

    private long at(long millis, long bytes) {
        return foreign.lasting(bytes, Duration.ofMillis(millis).toNanos());
    }
}
