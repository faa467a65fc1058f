package dev.modulate.resonate.reference;

import static org.assertj.core.api.Assertions.assertThat;

import dev.modulate.resonate.machine.Dialect;
import dev.modulate.resonate.machine.Rules;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * The in-memory server of Resonate's TypeScript SDK and ours, asked the same: random operations of all kinds on a debug
 * clock. With {@code -Dreference.record=true} the traces for {@link RecordedServerTest} are written anew.
 */
class LiveServerTest {
    static final Rules RULES = new Rules(Dialect.LENIENT, 30_000, Long.MAX_VALUE, 20, 1);
    static final Rules STRICT = new Rules(30_000).with(Dialect.STRICT);

    private static final Path DRIVER =
            Path.of("src/test/resources/reference/driver.mjs").toAbsolutePath();
    private static final List<Long> SEEDS = List.of(1L, 2L, 3L);
    private static final int OPERATIONS = 28_000;
    private static final int COMPARED_MIN = 20_000;
    private static final int OPERATIONS_RECORDED = 28_000;
    private static final long SEED_RECORDED = 2;
    private static final int CRONS = 1_000;

    private static NodeServer node;

    @BeforeAll
    static void install() {
        boolean required = "true".equals(System.getenv("CI"));
        Assumptions.assumeTrue(
                required || NodeServer.npmIsThere(),
                "skipped: npm is not installed; it fetches @resonatehq/sdk and the Node that it wants");
        node = NodeServer.install();
    }

    @Test
    void bothServersAnswerAlikeButForKnownDifferences() {
        var met = EnumSet.noneOf(Known.class);
        for (long seed : SEEDS) {
            var requests = Operations.random(seed, OPERATIONS, RULES);
            var comparison = new Comparison(RULES);

            comparison.run(requests, node.ask(DRIVER, requests));

            System.out.println("live, seed " + seed + ": " + comparison.summary());
            assertThat(comparison.unknown).as("seed " + seed).isEmpty();
            assertThat(comparison.compared).as("seed " + seed).isGreaterThanOrEqualTo(COMPARED_MIN);
            met.addAll(comparison.known.keySet());
        }
        KnownDifferences.check(met);
    }

    @Test
    void bothReadCronExpressionsAlike() {
        var requests = Operations.crons(5, CRONS);
        var comparison = new Comparison(STRICT);

        comparison.run(requests, node.ask(DRIVER, requests));

        assertThat(comparison.unknown).isEmpty();
        assertThat(comparison.compared).isEqualTo(CRONS);
    }

    /** So that a machine without Node compares with the same server. */
    @Test
    void theRecordedTracesAreWhatThisServerSays() {
        if (Boolean.getBoolean("reference.record")) {
            record(Operations.random(SEED_RECORDED, OPERATIONS_RECORDED, RULES), RecordedServerTest.OPERATIONS);
            record(Operations.crons(SEED_RECORDED, CRONS), RecordedServerTest.CRONS);
        }
        for (var file : List.of(RecordedServerTest.OPERATIONS, RecordedServerTest.CRONS)) {
            var trace = Trace.read(file);
            assertThat(node.ask(DRIVER, trace.requests())).isEqualTo(trace.answers());
        }
    }

    private static void record(List<String> requests, Path file) {
        new Trace(requests, node.ask(DRIVER, requests)).write(file);
    }
}
