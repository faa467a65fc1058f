package dev.modulate.router.scheduling;

/** A running mean that forgets: a new value weighs as one of all, but never less than the least weight. */
final class Mean {
    private static final int SEED_COUNT = 3;

    private final double weightMin;
    private double value;
    private int count;

    Mean(double weightMin) {
        this.weightMin = weightMin;
    }

    /** What somebody else has seen, as if it had been seen here a few times. What was seen here counts more. */
    void seed(double value) {
        if (count == 0) {
            this.value = value;
            count = SEED_COUNT;
        }
    }

    void add(double next) {
        count++;
        value += Math.max(weightMin, 1.0 / count) * (next - value);
    }

    boolean isKnown() {
        return count > 0;
    }

    double or(double whenUnknown) {
        return count == 0 ? whenUnknown : value;
    }
}
