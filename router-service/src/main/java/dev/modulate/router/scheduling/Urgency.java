package dev.modulate.router.scheduling;

/**
 * Whose call goes first. A tenant's share counts before the class of a call, or a tenant could take what is another's by
 * calling everything urgent; a call that is aged goes before all classes.
 *
 * @param step lower is sooner
 */
record Urgency(boolean entitled, int step) implements Comparable<Urgency> {
    static Urgency of(Waiting entry, boolean entitled, boolean aged) {
        return new Urgency(entitled, aged ? -1 : entry.call.priority().step());
    }

    boolean aged() {
        return step < 0;
    }

    /** Negative when this one is sooner. */
    @Override
    public int compareTo(Urgency other) {
        return entitled == other.entitled ? Integer.compare(step, other.step) : entitled ? -1 : 1;
    }

    boolean isBefore(Urgency other) {
        return compareTo(other) < 0;
    }
}
