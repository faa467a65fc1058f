package dev.modulate.router.simulation;

import dev.modulate.router.simulation.Workload.Arrival;
import dev.modulate.router.simulation.Workload.GpuSpec;
import dev.modulate.router.simulation.Workload.Program;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;

/** Workloads read from published traces. */
final class Traces {
    private static final List<String> AZURE =
            List.of("AzureLLMInferenceTrace_conv.csv", "AzureLLMInferenceTrace_code.csv");
    private static final DateTimeFormatter AZURE_TIME = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss.SSSSSSS");
    private static final LocalDateTime AZURE_FROM = LocalDateTime.of(2023, 1, 1, 0, 0);
    private static final int HOST_MEMORY_MIB = 262_144;
    private static final int MODELS = 60;
    private static final double ZIPF = 0.8;
    private static final double FIXED_SECONDS = 0.05;
    private static final double CONTEXT_TOKEN_SECONDS = 0.000_25;
    private static final double GENERATED_TOKEN_SECONDS = 0.012;

    private Traces() {}

    static boolean hasAzure(Path folder) {
        return AZURE.stream().allMatch(file -> Files.isReadable(folder.resolve(file)));
    }

    /**
     * One hour of LLM requests: real arrivals and token counts, stretched to the wanted load; which of the fine-tuned
     * models a request is for is drawn.
     */
    static Workload azure(Path folder, long seed, double load) throws IOException {
        var random = new Random(seed);
        var gpus = new ArrayList<GpuSpec>();
        Workloads.hosts(gpus, 2, 46_000, 0.6);
        Workloads.hosts(gpus, 2, 81_000, 1.0);
        var read = new ArrayList<Arrival>();
        double[] shares = cumulativeZipf();
        for (var file : AZURE) {
            for (var line : Files.readAllLines(folder.resolve(file))) {
                if (!line.isBlank() && !line.startsWith("TIMESTAMP")) {
                    read.add(azureRow(line.trim().split(",", -1), model(shares, random)));
                }
            }
        }
        read.sort(Comparator.comparingDouble(Arrival::seconds));
        double capacity = gpus.stream().mapToDouble(GpuSpec::speed).sum();
        var arrivals = stretched(read, load * capacity);
        return new Workload("Azure LLM " + load, programs(arrivals, random), gpus, HOST_MEMORY_MIB, arrivals);
    }

    private static Arrival azureRow(String[] columns, int model) {
        var time = LocalDateTime.parse(columns[0], AZURE_TIME);
        double size = FIXED_SECONDS
                + CONTEXT_TOKEN_SECONDS * Double.parseDouble(columns[1])
                + GENERATED_TOKEN_SECONDS * Double.parseDouble(columns[2]);
        return new Arrival(model, Duration.between(AZURE_FROM, time).toNanos() / 1e9, size);
    }

    private static double[] cumulativeZipf() {
        double[] sums = new double[MODELS];
        double sum = 0;
        for (int i = 0; i < MODELS; i++) {
            sum += 1 / Math.pow(i + 1, ZIPF);
            sums[i] = sum;
        }
        return sums;
    }

    private static int model(double[] sums, Random random) {
        double drawn = random.nextDouble() * sums[sums.length - 1];
        int model = 0;
        while (sums[model] < drawn) {
            model++;
        }
        return model;
    }

    private static List<Arrival> stretched(List<Arrival> read, double workPerSecond) {
        double first = read.getFirst().seconds();
        double span = read.getLast().seconds() - first;
        double horizon = read.stream().mapToDouble(Arrival::size).sum() / workPerSecond;
        return read.stream()
                .map(arrival ->
                        new Arrival(arrival.program(), (arrival.seconds() - first) * horizon / span, arrival.size()))
                .toList();
    }

    private static List<Program> programs(List<Arrival> arrivals, Random random) {
        double[] work = new double[MODELS];
        int[] count = new int[MODELS];
        for (var arrival : arrivals) {
            work[arrival.program()] += arrival.size();
            count[arrival.program()]++;
        }
        var programs = new ArrayList<Program>();
        for (int i = 0; i < MODELS; i++) {
            int memory = (int) Workloads.logNormal(random, 14_500, 0.05);
            programs.add(new Program(i, "one", memory, 1.0, count[i] > 0 ? work[i] / count[i] : 1));
        }
        return programs;
    }
}
