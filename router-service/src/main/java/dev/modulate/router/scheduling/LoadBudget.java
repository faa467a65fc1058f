package dev.modulate.router.scheduling;

/** Slot time that may go into loads no call is bound to. */
final class LoadBudget {
    private static final double SAVED_SECONDS_MAX = 60;

    /** So that a cell of few slots saves for one long load. */
    private static final double SAVED_AT_LEAST = 60;

    private final double share;
    private double seconds;
    private long at = Long.MIN_VALUE;

    LoadBudget(double share) {
        this.share = share;
    }

    /** @param slots that the fleet has now */
    void accrue(long now, double slots) {
        if (at != Long.MIN_VALUE) {
            double max = Math.max(SAVED_AT_LEAST, share * slots * SAVED_SECONDS_MAX);
            seconds = Math.min(max, seconds + share * slots * (now - at) / 1e9);
        }
        at = now;
    }

    /** Whether there ever is one. */
    boolean isOpen() {
        return share > 0;
    }

    boolean allows(double loadSeconds) {
        return seconds >= loadSeconds;
    }

    /** It was not used after all. */
    void giveBack(double loadSeconds) {
        seconds += loadSeconds;
    }

    void spend(double loadSeconds) {
        seconds -= loadSeconds;
    }
}
