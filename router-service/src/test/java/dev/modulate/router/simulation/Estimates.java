package dev.modulate.router.simulation;

import java.util.Arrays;

/** What everybody knows of the functions of a workload: mean runs so far, and how often they are called. */
final class Estimates {
    private static final double RATE_SECONDS = 60;
    private static final double WEIGHT_MIN = 0.05;

    private final double[] runSeconds;
    private final int[] runs;
    private final double[] rate;
    private final long[] rateAt;

    Estimates(int programs) {
        runSeconds = new double[programs];
        Arrays.fill(runSeconds, 1);
        runs = new int[programs];
        rate = new double[programs];
        rateAt = new long[programs];
    }

    /** On a GPU of speed 1. */
    double runSeconds(int program) {
        return runSeconds[program];
    }

    void ran(int program, double seconds) {
        double weight = Math.max(WEIGHT_MIN, 1.0 / ++runs[program]);
        runSeconds[program] += (runs[program] == 1 ? 1 : weight) * (seconds - runSeconds[program]);
    }

    void called(int program, long now) {
        rate[program] = ratePerSecond(program, now) + 1 / RATE_SECONDS;
        rateAt[program] = now;
    }

    double ratePerSecond(int program, long now) {
        return rate[program] * Math.exp(-(now - rateAt[program]) / (RATE_SECONDS * 1e9));
    }
}
