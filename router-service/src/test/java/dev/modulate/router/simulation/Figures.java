package dev.modulate.router.simulation;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What a run came to, the first tenth of its requests left out. Seconds and shares.
 *
 * @param withinGoal started within max(1 s, the function's mean run)
 * @param jain index over functions of size / response
 */
public record Figures(
        double startP50,
        double startP95,
        double startP99,
        double meanWait,
        double meanResponse,
        double slowdownP99,
        double coldShare,
        double withinGoal,
        double jain,
        double runShare,
        double loadShare) {
    private static final double SIZE_MIN = 0.05;
    private static final int WARM_UP_PART = 10;

    static Figures of(List<Request> requests, List<Gpu> gpus) {
        var counted = requests.subList(requests.size() / WARM_UP_PART, requests.size());
        double[] waits =
                counted.stream().mapToDouble(Request::waitSeconds).sorted().toArray();
        double[] slowdowns = counted.stream()
                .mapToDouble(request -> request.responseSeconds() / Math.max(SIZE_MIN, request.size))
                .sorted()
                .toArray();
        double end =
                counted.stream().mapToLong(request -> request.endedAt).max().orElse(0) / 1e9 * gpus.size();
        return new Figures(
                percentile(waits, 0.5),
                percentile(waits, 0.95),
                percentile(waits, 0.99),
                Arrays.stream(waits).average().orElse(0),
                counted.stream().mapToDouble(Request::responseSeconds).average().orElse(0),
                percentile(slowdowns, 0.99),
                share(counted.stream().filter(request -> request.cold).count(), counted.size()),
                share(counted.stream().filter(Figures::withinGoal).count(), counted.size()),
                jainOfPrograms(counted),
                gpus.stream().mapToDouble(gpu -> gpu.runSeconds).sum() / end,
                gpus.stream().mapToDouble(gpu -> gpu.loadSeconds).sum() / end);
    }

    private static boolean withinGoal(Request request) {
        return request.waitSeconds() <= Math.max(1, request.program.meanSeconds());
    }

    private static double share(long part, int all) {
        return all == 0 ? 0 : (double) part / all;
    }

    private static double percentile(double[] sorted, double part) {
        return sorted.length == 0 ? 0 : sorted[Math.min(sorted.length - 1, (int) (part * sorted.length))];
    }

    private static double jainOfPrograms(List<Request> requests) {
        Map<Integer, double[]> sums = new HashMap<>();
        for (var request : requests) {
            double[] sum = sums.computeIfAbsent(request.program.id(), id -> new double[2]);
            sum[0] += request.size;
            sum[1] += request.responseSeconds();
        }
        return jain(sums.values().stream().mapToDouble(sum -> sum[0] / sum[1]).toArray());
    }

    /** 1 when all are equal, 1/n when one has everything. */
    public static double jain(double... values) {
        double sum = 0;
        double squares = 0;
        for (double value : values) {
            sum += value;
            squares += value * value;
        }
        return sum * sum / (values.length * squares);
    }
}
