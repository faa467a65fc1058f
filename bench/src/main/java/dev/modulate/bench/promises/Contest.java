package dev.modulate.bench.promises;

import com.sun.management.OperatingSystemMXBean;
import dev.modulate.bench.ClosedLoop;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;

/**
 * A load beside its baseline, slice by slice in turns, so that both meet the same machine. Each slice begins when this
 * process is at rest, so that none pays for what an engine tidies up after another. Figures are medians of the slices.
 *
 * @param unit what the baseline does once
 */
record Contest(
        String name, String unit, Supplier<CompletableFuture<?>> baseline, Supplier<CompletableFuture<?>> pairs) {
    private static final int WARM_UP_CLIENTS = 64;
    private static final int RESTS_MAX = 60;
    private static final long REST_MILLIS = 50;
    private static final double IDLE_SHARE = 0.1;
    private static final OperatingSystemMXBean SYSTEM =
            (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

    /** How long to measure. */
    record Length(double warmUpSeconds, double sliceSeconds, int rounds) {}

    /**
     * @param perBaseline pairs a second over what the baseline does a second
     * @param latency median time of a pair over that of two of the baseline's
     */
    record Result(double perBaseline, double latency) {}

    private record Slice(ClosedLoop loop, double cpuMicros) {}

    private record Round(Slice baseline, Slice pairs) {}

    void warmUp(Length length) throws InterruptedException {
        ClosedLoop.run(WARM_UP_CLIENTS, length.warmUpSeconds() / 3, baseline);
        ClosedLoop.run(WARM_UP_CLIENTS, length.warmUpSeconds() * 2 / 3, pairs);
    }

    Result run(int clients, Length length) throws InterruptedException {
        var rounds = new ArrayList<Round>();
        for (int i = 0; i < length.rounds(); i++) {
            rounds.add(new Round(
                    slice(clients, length.sliceSeconds(), baseline), slice(clients, length.sliceSeconds(), pairs)));
        }
        var result = new Result(
                median(
                        rounds,
                        round -> round.pairs().loop().perSecond()
                                / round.baseline().loop().perSecond()),
                median(
                        rounds,
                        round -> round.pairs().loop().p50Nanos()
                                / (2.0 * round.baseline().loop().p50Nanos())));
        System.out.printf(
                "%-22s %3d clients: %6.0f pairs/s, p50 %7.3f ms, p99 %7.3f ms, CPU %5.1f us | %6.0f %s/s, p50 %7.3f ms, CPU %5.1f us | %.2f pairs per %s, p50 %.2f times two%n",
                name,
                clients,
                median(rounds, round -> round.pairs().loop().perSecond()),
                median(rounds, round -> round.pairs().loop().p50Nanos() / 1e6),
                median(rounds, round -> round.pairs().loop().p99Nanos() / 1e6),
                median(rounds, round -> round.pairs().cpuMicros()),
                median(rounds, round -> round.baseline().loop().perSecond()),
                unit,
                median(rounds, round -> round.baseline().loop().p50Nanos() / 1e6),
                median(rounds, round -> round.baseline().cpuMicros()),
                result.perBaseline(),
                unit,
                result.latency());
        return result;
    }

    /** CPU is this process's, so without a server in another. */
    private static Slice slice(int clients, double seconds, Supplier<CompletableFuture<?>> call)
            throws InterruptedException {
        rest();
        long before = SYSTEM.getProcessCpuTime();
        var loop = ClosedLoop.run(clients, seconds, call);
        return new Slice(loop, (SYSTEM.getProcessCpuTime() - before) / 1e3 / (loop.perSecond() * seconds));
    }

    /** Waits for compactions and compilers, but not for ever. */
    private static void rest() throws InterruptedException {
        for (int i = 0; i < RESTS_MAX; i++) {
            long before = SYSTEM.getProcessCpuTime();
            Thread.sleep(REST_MILLIS);
            if ((SYSTEM.getProcessCpuTime() - before) / 1e6 < REST_MILLIS * IDLE_SHARE) {
                return;
            }
        }
    }

    private static double median(List<Round> rounds, ToDoubleFunction<Round> figure) {
        var sorted = rounds.stream().mapToDouble(figure).sorted().toArray();
        return sorted[sorted.length / 2];
    }
}
