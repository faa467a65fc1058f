package dev.modulate.observability.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BackoffTest {
    private static final Backoff BACKOFF = new Backoff(Duration.ofMillis(100), Duration.ofSeconds(1));

    @ParameterizedTest
    @CsvSource({"0,100", "1,100", "2,200", "3,400", "4,800", "5,1000", "50,1000", "2147483647,1000"})
    void eachPauseLiesInTheUpperHalfOfTwiceTheLastUpToTheBound(int failures, long fullMillis) {
        var random = new Random(17);
        for (int i = 0; i < 1_000; i++) {
            assertThat(BACKOFF.pause(failures, random))
                    .isBetween(Duration.ofMillis(fullMillis / 2), Duration.ofMillis(fullMillis));
        }
    }

    @Test
    void peersDoNotMarchInStep() {
        var random = new Random(17);
        assertThat(IntStream.range(0, 100)
                        .mapToObj(i -> BACKOFF.pause(3, random))
                        .distinct()
                        .count())
                .isGreaterThan(90);
    }

    @Test
    void longPausesDoNotOverflow() {
        var backoff = new Backoff(Duration.ofDays(1), Duration.ofDays(90));
        assertThat(backoff.pause(31, new Random(17))).isBetween(Duration.ofDays(45), Duration.ofDays(90));
        assertThat(new Backoff(Duration.ofNanos(1), Duration.ofDays(90)).pause(31, new Random(17)))
                .isLessThanOrEqualTo(Duration.ofNanos(1L << 30));
    }

    @Test
    void refusesPausesThatMakeNoSense() {
        assertThatThrownBy(() -> new Backoff(Duration.ZERO, Duration.ofSeconds(1)))
                .hasMessageContaining("backoff: PT0S to PT1S");
        assertThatThrownBy(() -> new Backoff(Duration.ofSeconds(2), Duration.ofSeconds(1)))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
