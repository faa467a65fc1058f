package dev.modulate.router.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.modulate.router.scheduling.LoadPrior;
import dev.modulate.router.scheduling.WarmQueue;
import dev.modulate.router.scheduling.WarmQueueRules;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;

/** The bench itself: where theory knows the mean wait, the simulator under the real scheduler finds it. */
class QueueFormulaTest {
    private static final int REQUESTS = 400_000;
    private static final Percentage CLOSE = Percentage.withPercentage(2);
    private static final Setup IDEAL = Setup.DEFAULT.withoutDelay().withoutColdStarts();

    @Test
    void waitsAsErlangSaysWithSeveralServers() {
        int servers = 4;
        double load = 0.6;
        var workload = Workloads.queue(7, servers, load, REQUESTS, random -> Workloads.exponential(random, 1));
        double expected = erlangC(servers, load * servers) / (servers * (1 - load));
        assertThat(meanWait(workload)).isCloseTo(expected, CLOSE);
    }

    @Test
    void waitsAsPollaczekAndKhinchinSayWithRunsOfAnyLength() {
        double load = 0.5;
        double sigma = Math.sqrt(Math.log(2));
        var workload = Workloads.queue(
                11, 1, load, REQUESTS, random -> Workloads.logNormal(random, Math.exp(-sigma * sigma / 2), sigma));
        double meanSquare = 2;
        assertThat(meanWait(workload)).isCloseTo(load * meanSquare / (2 * (1 - load)), CLOSE);
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
