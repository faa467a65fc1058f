package dev.modulate.resonate.reference;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.EnumSet;
import org.junit.jupiter.api.Test;

/** What Resonate's own in-memory server once answered, without that server: see {@link LiveServerTest}. */
class RecordedServerTest {
    static final Path OPERATIONS = Path.of("src/test/resources/reference/operations.trace.gz");
    static final Path CRONS = Path.of("src/test/resources/reference/crons.trace.gz");

    @Test
    void ourServerAnswersAsItDidButForKnownDifferences() {
        var trace = Trace.read(OPERATIONS);
        var comparison = new Comparison(LiveServerTest.RULES);

        comparison.run(trace.requests(), trace.answers());

        System.out.println("recorded: " + comparison.summary());
        assertThat(comparison.unknown).isEmpty();
        assertThat(comparison.compared).isGreaterThan(trace.requests().size() / 2);
        KnownDifferences.check(comparison.known.keySet());
    }

    @Test
    void ourCronInTheStrictDialectTicksWhenItsDoes() {
        var trace = Trace.read(CRONS);
        var comparison = new Comparison(LiveServerTest.STRICT);

        comparison.run(trace.requests(), trace.answers());

        assertThat(comparison.unknown).isEmpty();
        assertThat(comparison.compared).isEqualTo(trace.requests().size());
        assertThat(comparison.known.keySet()).isEqualTo(EnumSet.noneOf(Known.class));
        assertThat(comparison.answers.get("schedule.create 200")).isGreaterThan(500);
    }
}
