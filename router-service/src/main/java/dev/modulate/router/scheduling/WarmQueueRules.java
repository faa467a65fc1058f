package dev.modulate.router.scheduling;

import java.time.Duration;

/**
 * How a {@link WarmQueue} weighs things.
 *
 * @param loadWeight how much worse a second of loading is than a second of waiting (kappa)
 * @param evictionWeight how much worse a second of somebody else's later load is (lambda)
 * @param ageFloor a call older than this, and than four times the mean wait, goes before what is warm
 * @param discipline which of the functions that are warm on a free node goes first
 * @param queueMax calls that may wait
 * @param tenantQueueMax calls of one tenant that may wait
 * @param quantum device-seconds each waiting tenant gets in a round
 * @param backgroundShare of all slot time that may go into loads no call is bound to; zero orders none
 * @param pinnedShare of the cell's device memory, and of its slots, that copies which stay may take
 */
public record WarmQueueRules(
        double loadWeight,
        double evictionWeight,
        Duration ageFloor,
        Discipline discipline,
        int queueMax,
        int tenantQueueMax,
        Duration quantum,
        double backgroundShare,
        double pinnedShare) {
    /** Order of the heads of the functions' queues inside one class. */
    public enum Discipline {
        /** Earliest deadline, then longest wait. */
        OLDEST,
        /** Largest (wait + expected run) / expected run: short functions are not held up by long ones. */
        RESPONSE_RATIO
    }

    public static final WarmQueueRules DEFAULT = new WarmQueueRules(
            2, 4, Duration.ofSeconds(30), Discipline.OLDEST, 10_000, 5_000, Duration.ofSeconds(10), 0, 0.5);

    public WarmQueueRules {
        atLeastZero("loadWeight", loadWeight);
        atLeastZero("evictionWeight", evictionWeight);
        if (queueMax < 1 || tenantQueueMax < 1) {
            throw new IllegalArgumentException(
                    "queueMax, tenantQueueMax: " + queueMax + ", " + tenantQueueMax + " (expected: >= 1)");
        }
        if (!quantum.isPositive()) {
            throw new IllegalArgumentException("quantum: " + quantum + " (expected: > 0)");
        }
        if (!(backgroundShare >= 0 && backgroundShare <= 1)) {
            throw new IllegalArgumentException("backgroundShare: " + backgroundShare + " (expected: 0 to 1)");
        }
        if (!(pinnedShare >= 0 && pinnedShare <= 1)) {
            throw new IllegalArgumentException("pinnedShare: " + pinnedShare + " (expected: 0 to 1)");
        }
    }

    private static void atLeastZero(String name, double value) {
        if (!(value >= 0)) {
            throw new IllegalArgumentException(name + ": " + value + " (expected: >= 0)");
        }
    }

    public WarmQueueRules withQueue(int total, int perTenant) {
        return new WarmQueueRules(
                loadWeight,
                evictionWeight,
                ageFloor,
                discipline,
                total,
                perTenant,
                quantum,
                backgroundShare,
                pinnedShare);
    }

    public WarmQueueRules withDiscipline(Discipline next) {
        return new WarmQueueRules(
                loadWeight,
                evictionWeight,
                ageFloor,
                next,
                queueMax,
                tenantQueueMax,
                quantum,
                backgroundShare,
                pinnedShare);
    }

    public WarmQueueRules withQuantum(Duration next) {
        return new WarmQueueRules(
                loadWeight,
                evictionWeight,
                ageFloor,
                discipline,
                queueMax,
                tenantQueueMax,
                next,
                backgroundShare,
                pinnedShare);
    }

    public WarmQueueRules withBackgroundShare(double share) {
        return new WarmQueueRules(
                loadWeight,
                evictionWeight,
                ageFloor,
                discipline,
                queueMax,
                tenantQueueMax,
                quantum,
                share,
                pinnedShare);
    }

    public WarmQueueRules withPinnedShare(double share) {
        return new WarmQueueRules(
                loadWeight,
                evictionWeight,
                ageFloor,
                discipline,
                queueMax,
                tenantQueueMax,
                quantum,
                backgroundShare,
                share);
    }
}
