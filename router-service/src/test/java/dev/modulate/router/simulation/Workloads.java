package dev.modulate.router.simulation;

import dev.modulate.router.simulation.Workload.Arrival;
import dev.modulate.router.simulation.Workload.GpuSpec;
import dev.modulate.router.simulation.Workload.Program;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.function.ToDoubleFunction;

/** Workloads made by rule from a seed. */
final class Workloads {
    private static final int HOST_MEMORY_MIB = 262_144;
    private static final double BURST_FACTOR = 3;
    private static final double BURST_PERIOD_SECONDS = 80;
    private static final double LONG_SHARE = 0.02;
    private static final double LONG_FACTOR = 20;
    private static final String TENANT = "one";

    private Workloads() {}

    /** How many functions there are, and the median size of their models. */
    record Catalogue(int programs, int memoryMib) {
        static final Catalogue NORMAL = new Catalogue(120, 4096);

        /** All models together take 0.67 of the GPUs' memory. */
        static final Catalogue HARD = new Catalogue(300, 6144);
    }

    /**
     * 64 GPUs of three kinds; popularity by Zipf, every second function in bursts, heavy-tailed runs.
     *
     * @param load share of the GPUs' speed that is asked for
     * @param requests about how many
     */
    static Workload synthetic(long seed, double load, int requests, Catalogue catalogue) {
        var random = new Random(seed);
        var gpus = new ArrayList<GpuSpec>();
        hosts(gpus, 3, 23_000, 0.6);
        hosts(gpus, 3, 81_000, 1.0);
        hosts(gpus, 2, 81_000, 1.7);
        var programs = new ArrayList<Program>();
        for (int i = 0; i < catalogue.programs; i++) {
            double memory = Math.max(1024, Math.min(40_000, logNormal(random, catalogue.memoryMib, 0.8)));
            double mean = Math.max(0.05, Math.min(20, logNormal(random, 0.6, 1.0)));
            programs.add(new Program(i, TENANT, (int) memory, 0.5, mean));
        }
        double[] share = popularity(random, programs.size(), 0.9);
        double meanSize = 0;
        for (var program : programs) {
            meanSize += share[program.id()] * program.meanSeconds();
        }
        double rate = load * gpus.stream().mapToDouble(GpuSpec::speed).sum() / meanSize;
        var arrivals = new ArrayList<Arrival>();
        for (var program : programs) {
            stream(random, arrivals, program, rate * share[program.id()], requests / rate);
        }
        arrivals.sort(Comparator.comparingDouble(Arrival::seconds));
        return new Workload("synthetic " + load, programs, gpus, HOST_MEMORY_MIB, arrivals);
    }

    private static void stream(Random random, List<Arrival> into, Program program, double rate, double horizon) {
        boolean bursts = random.nextDouble() < 0.5;
        double phase = random.nextDouble() * BURST_PERIOD_SECONDS;
        double on = BURST_PERIOD_SECONDS / BURST_FACTOR;
        double at = 0;
        while (true) {
            at += exponential(random, bursts ? rate * BURST_FACTOR : rate);
            if (at > horizon) {
                return;
            }
            if (!bursts || (at + phase) % BURST_PERIOD_SECONDS <= on) {
                into.add(new Arrival(program.id(), at, program.meanSeconds() * heavyTail(random)));
            }
        }
    }

    /** Mean 1; coefficient of variation 0.6, but for one in fifty, which takes twenty times as long. */
    private static double heavyTail(Random random) {
        double size = logNormal(random, 1 / Math.sqrt(1.36), Math.sqrt(Math.log(1.36)));
        if (random.nextDouble() < LONG_SHARE) {
            size *= LONG_FACTOR;
        }
        return size / (1 - LONG_SHARE + LONG_SHARE * LONG_FACTOR);
    }

    /** Shares by rank, to the power of -exponent; who has which rank is drawn. */
    private static double[] popularity(Random random, int count, double exponent) {
        var rank = new ArrayList<Integer>();
        for (int i = 0; i < count; i++) {
            rank.add(i);
        }
        Collections.shuffle(rank, random);
        double[] share = new double[count];
        for (int i = 0; i < count; i++) {
            share[rank.get(i)] = 1 / Math.pow(i + 1, exponent);
        }
        double sum = Arrays.stream(share).sum();
        return Arrays.stream(share).map(value -> value / sum).toArray();
    }

    /** Servers that all can do everything, and one function: what formulas of queues speak of. */
    static Workload queue(long seed, int servers, double load, int requests, ToDoubleFunction<Random> size) {
        var random = new Random(seed);
        var gpus = new ArrayList<GpuSpec>();
        for (int i = 0; i < servers; i++) {
            gpus.add(new GpuSpec(0, 1, 1_000));
        }
        var arrivals = new ArrayList<Arrival>(requests);
        double at = 0;
        for (int i = 0; i < requests; i++) {
            at += exponential(random, load * servers);
            arrivals.add(new Arrival(0, at, size.applyAsDouble(random)));
        }
        return new Workload("queue", List.of(new Program(0, TENANT, 100, 0, 1)), gpus, 1_000, arrivals);
    }

    /**
     * Two tenants of six functions each on eight GPUs: one asks for part of what there is, the other for several times as
     * much.
     *
     * @param modest share of the GPUs that the first one asks for
     */
    static Workload flooded(long seed, double modest, double flood, double seconds) {
        var random = new Random(seed);
        var gpus = new ArrayList<GpuSpec>();
        hosts(gpus, 1, 48_000, 1);
        var programs = new ArrayList<Program>();
        for (int i = 0; i < 12; i++) {
            programs.add(new Program(i, i < 6 ? "modest" : "flooding", 6_000, 0.5, 1));
        }
        var arrivals = new ArrayList<Arrival>();
        for (var program : programs) {
            double rate = (program.id() < 6 ? modest : flood) * gpus.size() / 6;
            for (double at = exponential(random, rate); at < seconds; at += exponential(random, rate)) {
                arrivals.add(new Arrival(program.id(), at, heavyTail(random)));
            }
        }
        arrivals.sort(Comparator.comparingDouble(Arrival::seconds));
        return new Workload("flooded", programs, gpus, HOST_MEMORY_MIB, arrivals);
    }

    /** From the beginning another tenant has a call whose model is larger than any GPU. */
    static Workload withOneThatFitsNowhere(Workload workload) {
        int memoryMib =
                2 * workload.gpus().stream().mapToInt(GpuSpec::memoryMib).max().orElseThrow();
        var programs = new ArrayList<>(workload.programs());
        programs.add(new Program(programs.size(), "stuck", memoryMib, 0.5, 1));
        var arrivals = new ArrayList<>(workload.arrivals());
        arrivals.addFirst(new Arrival(programs.size() - 1, 0, 1));
        return new Workload(workload.name(), programs, workload.gpus(), workload.hostMemoryMib(), arrivals);
    }

    static void hosts(List<GpuSpec> into, int hosts, int memoryMib, double speed) {
        int next = into.isEmpty() ? 0 : into.getLast().host() + 1;
        for (int host = next; host < next + hosts; host++) {
            for (int i = 0; i < 8; i++) {
                into.add(new GpuSpec(host, speed, memoryMib));
            }
        }
    }

    static double logNormal(Random random, double median, double sigma) {
        return median * Math.exp(sigma * random.nextGaussian());
    }

    static double exponential(Random random, double rate) {
        return -Math.log(1 - random.nextDouble()) / rate;
    }
}
