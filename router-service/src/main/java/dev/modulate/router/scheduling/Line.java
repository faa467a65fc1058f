package dev.modulate.router.scheduling;

import dev.modulate.router.placement.Needs;
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
    private final Arrivals byArrival = new Arrivals();

    /** Null while the order of arrival is that of rank, as it is for calls of one class and one time to live. */
    private @Nullable NavigableSet<Waiting> byRank;

    /** Calls of it that nodes have. */
    int runningCount;

    /** Whether it stands in the list of lines to look at. */
    boolean noted;

    /** In the {@link LineTable}, as long as somebody waits. */
    int row;

    /** Its key in the index of lines by age of their oldest call; null when it is not there. */
    @Nullable
    Waiting indexedBy;

    /** Where it stands among those of its tenant; null when that is not kept. */
    Turns.@Nullable Place place;

    /** Number of what it needs, without the function: the same for all lines that need the same. */
    final int shape;

    /** The same as a key. */
    final Needs.Shape asked;

    /** The first by rank, as long as that is kept. */
    private @Nullable Waiting foremost;

    /** When a replica was to be free for it when that was asked last; what was known then, and when that was. */
    double freeInSeconds;

    int freeStirs;
    long freeAskedAt = NEVER;

    Line(Needs needs, Needs.Shape asked, int shape, Model model, Tenants.Tenant tenant) {
        this.needs = needs;
        this.asked = asked;
        this.shape = shape;
        this.selective = needs.selective();
        this.model = model;
        this.tenant = tenant;
    }

    void add(Waiting entry) {
        byArrival.add(entry);
        if (byRank != null) {
            byRank.add(entry);
        } else if (!isInRank(entry.before, entry) || !isInRank(entry, entry.after)) {
            var ranked = new TreeSet<>(Waiting.BY_RANK);
            byArrival.forEach(ranked::add);
            byRank = ranked;
        }
        rank();
    }

    private static boolean isInRank(@Nullable Waiting one, @Nullable Waiting next) {
        return one == null || next == null || Waiting.BY_RANK.compare(one, next) < 0;
    }

    void remove(Waiting entry) {
        byArrival.remove(entry);
        if (byRank != null) {
            byRank.remove(entry);
            byRank = byRank.isEmpty() ? null : byRank;
        }
        rank();
    }

    /** Asked for each node that is looked at, so it is kept. */
    private void rank() {
        if (byRank != null) {
            foremost = byRank.first();
        } else if (foremost != null) {
            foremost = null;
        }
    }

    int size() {
        return byArrival.size();
    }

    boolean isEmpty() {
        return byArrival.size() == 0;
    }

    /** Who goes next: the first by rank, unless the oldest has waited longer than the limit. Null when nobody waits. */
    @Nullable
    Waiting head(long now, double ageLimitSeconds) {
        var oldest = byArrival.first();
        return oldest == null || foremost == null || oldest.ageSeconds(now) > ageLimitSeconds ? oldest : foremost;
    }

    @Nullable
    Waiting oldest() {
        return byArrival.first();
    }

    /** Of the class of who goes next; of the last one when nobody waits. */
    int step() {
        var next = foremost == null ? byArrival.first() : foremost;
        return next == null ? Priority.values().length : next.call.priority().step();
    }

    /** From 1. */
    int position(Waiting entry) {
        return byRank == null
                ? byArrival.position(entry)
                : byRank.headSet(entry, true).size();
    }
}
