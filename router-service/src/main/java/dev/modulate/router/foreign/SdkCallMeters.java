package dev.modulate.router.foreign;

import dev.modulate.router.wire.AttemptFailure;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** What became of calls of SDK programs. */
public final class SdkCallMeters {
    private static final String CALLS = "modulate.router.sdk.calls";
    private static final String PINNED = "pinned";

    private final Map<String, Counter> outcomes;

    public SdkCallMeters(MeterRegistry meters) {
        outcomes = List.of(
                        PINNED,
                        AttemptFailure.INVALID_CALL,
                        AttemptFailure.INPUT_TOO_LARGE,
                        AttemptFailure.FUNCTION_NOT_FOUND)
                .stream()
                .collect(Collectors.toMap(
                        outcome -> outcome,
                        outcome -> Counter.builder(CALLS)
                                .description(
                                        "Calls of programs of a Resonate SDK: pinned to a version, or why they were rejected")
                                .tag("outcome", outcome.toLowerCase(Locale.ROOT))
                                .register(meters)));
    }

    public void pinned() {
        count(PINNED);
    }

    public void rejected(AttemptFailure failure) {
        count(failure.reason());
    }

    private void count(String outcome) {
        var counter = outcomes.get(outcome);
        if (counter == null) {
            throw new IllegalStateException("outcome: " + outcome + " (expected: one of " + outcomes.keySet() + ")");
        }
        counter.increment();
    }
}
