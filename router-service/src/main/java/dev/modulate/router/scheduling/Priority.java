package dev.modulate.router.scheduling;

/** Class of a call, most urgent first. A call that has waited too long counts as the first class. */
public enum Priority {
    HIGH(0),
    NORMAL(1),
    LOW(2);

    private final int step;

    Priority(int step) {
        this.step = step;
    }

    /** Lower is sooner. */
    int step() {
        return step;
    }
}
