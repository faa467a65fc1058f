package dev.modulate.router.placement;

/** How soon an execution would start on a node, soonest first. */
public enum Warmth {
    /** An idle instance takes it. */
    IDLE(0),
    /** Another instance runs, so the code is at hand. */
    RESIDENT(1),
    /** The artifact is on disk. */
    ON_DISK(2),
    COLD(3);

    private final int steps;

    Warmth(int steps) {
        this.steps = steps;
    }

    /** Distance from an idle instance. */
    public int steps() {
        return steps;
    }
}
