package dev.modulate.router.placement;

/** How soon an execution would start on a node, soonest first. */
public enum Warmth {
    /** An idle instance takes it. */
    IDLE,
    /** Another instance runs, so the code is at hand. */
    RESIDENT,
    /** The artifact is on disk. */
    ON_DISK,
    COLD
}
