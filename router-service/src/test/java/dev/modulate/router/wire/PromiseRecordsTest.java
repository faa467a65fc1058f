package dev.modulate.router.wire;

import static org.assertj.core.api.Assertions.assertThat;

import dev.modulate.resonate.protocol.Promise;
import dev.modulate.resonate.protocol.PromiseState;
import dev.modulate.resonate.protocol.Value;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PromiseRecordsTest {
    private static final long NOW = 1_700_000_000_000L;

    @Test
    void theAgeOfAPromiseIsThatOfItsCall() {
        assertThat(age(NOW - 90_000)).isEqualTo(Duration.ofSeconds(90));
    }

    @Test
    void aClockThatIsWrongMakesNoCallOfTheFutureNorOneOfYearsAgo() {
        assertThat(age(NOW + 5_000)).isZero();
        assertThat(age(0)).isEqualTo(PromiseRecords.AGE_MAX);
        assertThat(age(Long.MAX_VALUE)).isZero();
    }

    private static Duration age(long createdAtMillis) {
        var promise = new Promise(
                "id", PromiseState.PENDING, Value.EMPTY, Value.EMPTY, Map.of(), NOW * 2, createdAtMillis, null);
        return PromiseRecords.age(promise, NOW);
    }
}
