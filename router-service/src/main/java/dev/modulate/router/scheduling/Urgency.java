package dev.modulate.router.scheduling;

/**
 * Whose call goes first. A tenant's share counts before the class of a call, or a tenant could take what is another's by
 * calling everything urgent; a call that is aged goes before all classes.
 *
 * @param roundsOwed by its tenant; none when it may go before others
 * @param step lower is sooner
 */
record Urgency(int roundsOwed, int step) implements Comparable<Urgency> {
    static Urgency of(Waiting entry, int roundsOwed, boolean aged) {
        return new Urgency(roundsOwed, aged ? -1 : entry.call.priority().step());
    }

    boolean entitled() {
        return roundsOwed == 0;
    }

    boolean aged() {
        return step < 0;
    }

    /** Negative when this one is sooner. */
    @Override
    public int compareTo(Urgency other) {
        int byShare = Integer.compare(roundsOwed, other.roundsOwed);
        return byShare == 0 ? Integer.compare(step, other.step) : byShare;
    }

    boolean isBefore(Urgency other) {
        return compareTo(other) < 0;
    }
}
