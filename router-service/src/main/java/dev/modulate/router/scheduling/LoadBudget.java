package dev.modulate.router.scheduling;

/** Slot time that may go into loads no call is bound to. */
final class LoadBudget {
    private static final double SAVED_SECONDS_MAX = 60;

    private final double share;
    private double seconds;
    private long at = Long.MIN_VALUE;

    LoadBudget(double share) {
        this.share = share;
    }

    /** @param slots that the fleet has now */
    void accrue(long now, double slots) {
        if (at != Long.MIN_VALUE) {
            seconds = Math.min(share * slots * SAVED_SECONDS_MAX, seconds + share * slots * (now - at) / 1e9);
        }
        at = now;
    }

    boolean allows(double loadSeconds) {
        return seconds >= loadSeconds;
    }

    void spend(double loadSeconds) {
        seconds -= loadSeconds;
    }
}
