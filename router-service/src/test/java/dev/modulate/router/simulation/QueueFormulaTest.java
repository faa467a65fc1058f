package dev.modulate.router.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.modulate.router.scheduling.LoadPrior;
import dev.modulate.router.scheduling.WarmQueue;
import dev.modulate.router.scheduling.WarmQueueRules;
import java.util.List;
import java.util.function.LongFunction;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;

/** The bench itself: where theory knows the mean wait, the simulator under the real scheduler finds it. */
class QueueFormulaTest {
    private static final int REQUESTS = 250_000;
    private static final List<Long> SEEDS = List.of(7L, 8L, 9L);

    /** Of the mean over the seeds; one run of this length is off by 2 % as a rule, by its formula's own chance. */
    private static final Percentage CLOSE = Percentage.withPercentage(2);

    private static final Percentage EACH = Percentage.withPercentage(5);
    private static final Setup IDEAL = Setup.DEFAULT.withoutDelay().withoutColdStarts();

    @Test
    void waitsAsErlangSaysWithSeveralServers() {
        int servers = 4;
        double load = 0.6;
        double expected = erlangC(servers, load * servers) / (servers * (1 - load));
        var waits = meanWaits(
                seed -> Workloads.queue(seed, servers, load, REQUESTS, random -> Workloads.exponential(random, 1)));
        assertThat(mean(waits)).isCloseTo(expected, CLOSE);
        assertThat(waits).allSatisfy(wait -> assertThat(wait).isCloseTo(expected, EACH));
    }

    @Test
    void waitsAsPollaczekAndKhinchinSayWithRunsOfAnyLength() {
        double load = 0.5;
        double sigma = Math.sqrt(Math.log(2));
        double meanSquare = 2;
        double expected = load * meanSquare / (2 * (1 - load));
        var waits = meanWaits(seed -> Workloads.queue(
                seed, 1, load, REQUESTS, random -> Workloads.logNormal(random, Math.exp(-sigma * sigma / 2), sigma)));
        assertThat(mean(waits)).isCloseTo(expected, CLOSE);
        assertThat(waits).allSatisfy(wait -> assertThat(wait).isCloseTo(expected, EACH));
    }

    private static List<Double> meanWaits(LongFunction<Workload> workload) {
        return SEEDS.stream().map(seed -> meanWait(workload.apply(seed))).toList();
    }

    private static double mean(List<Double> waits) {
        return waits.stream().mapToDouble(wait -> wait).average().orElseThrow();
    }

    private static double meanWait(Workload workload) {
        var queue = new WarmQueue(WarmQueueRules.DEFAULT, LoadPrior.DEFAULT, Machines.speeds());
        return new LateRun(workload, IDEAL, queue).run().meanWait();
    }

    /** Chance that all servers are busy, for an offered load in servers. */
    private static double erlangC(int servers, double offered) {
        double term = 1;
        double sum = 1;
        for (int i = 1; i < servers; i++) {
            term *= offered / i;
            sum += term;
        }
        double all = term * offered / servers * servers / (servers - offered);
        return all / (sum + all);
    }
}
