package dev.modulate.router.scheduling;

import dev.modulate.router.placement.Needs;
import java.util.Comparator;
import java.util.NavigableSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Calls that need the same and wait. */
final class Line {
    static final long NEVER = Long.MIN_VALUE;

    final Needs needs;

    /** Whether nodes that are otherwise alike may differ for it. */
    final boolean selective;

    final Model model;
    final Tenants.Tenant tenant;
    private final NavigableSet<Waiting> byRank = new TreeSet<>(Waiting.BY_RANK);
    private final NavigableSet<Waiting> byArrival =
            new TreeSet<>(Comparator.comparingLong((Waiting entry) -> entry.sequence));

    /** Calls of it that nodes have. */
    int runningCount;

    /** Whether it stands in the list of lines to look at. */
    boolean noted;

    /** Until then no cold start can be worth it, unless one more call comes. */
    long contentUntil;

    /** Its key in the index of lines by age of their oldest call; zero when it is not there. */
    long indexedBy;

    /** Number of what it needs, without the function: the same for all lines that need the same. */
    final int shape;

    private @Nullable Waiting foremost;
    private @Nullable Waiting oldest;

    /** When a replica was to be free for it when that was asked last; what was known then, and when that was. */
    double freeInSeconds;

    int freeStirs;
    long freeAskedAt = NEVER;

    Line(Needs needs, int shape, Model model, Tenants.Tenant tenant) {
        this.needs = needs;
        this.shape = shape;
        this.selective = needs.selective();
        this.model = model;
        this.tenant = tenant;
    }

    void add(Waiting entry) {
        contentUntil = 0;
        byRank.add(entry);
        byArrival.add(entry);
        ends();
    }

    void remove(Waiting entry) {
        byRank.remove(entry);
        byArrival.remove(entry);
        ends();
    }

    /** Asked for each node that is looked at, so they are kept. */
    private void ends() {
        foremost = byRank.isEmpty() ? null : byRank.first();
        oldest = byArrival.isEmpty() ? null : byArrival.first();
    }

    int size() {
        return byRank.size();
    }

    boolean isEmpty() {
        return oldest == null;
    }

    /** Who goes next: the first by rank, unless the oldest has waited longer than the limit. Null when nobody waits. */
    @Nullable
    Waiting head(long now, double ageLimitSeconds) {
        return oldest != null && oldest.ageSeconds(now) > ageLimitSeconds ? oldest : foremost;
    }

    @Nullable
    Waiting oldest() {
        return oldest;
    }

    long oldestSequence() {
        return oldest == null ? 0 : oldest.sequence;
    }

    /** From 1. */
    int position(Waiting entry) {
        return byRank.headSet(entry, true).size();
    }
}
