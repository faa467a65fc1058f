package dev.modulate.router.scheduling;

import dev.modulate.router.placement.Needs;
import java.util.Comparator;
import java.util.NavigableSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Calls that need the same and wait. */
final class Line {
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

    Line(Needs needs, Model model, Tenants.Tenant tenant) {
        this.needs = needs;
        this.selective = needs.selective();
        this.model = model;
        this.tenant = tenant;
    }

    void add(Waiting entry) {
        contentUntil = 0;
        byRank.add(entry);
        byArrival.add(entry);
    }

    void remove(Waiting entry) {
        byRank.remove(entry);
        byArrival.remove(entry);
    }

    int size() {
        return byRank.size();
    }

    boolean isEmpty() {
        return byRank.isEmpty();
    }

    /** Who goes next: the first by rank, unless the oldest has waited longer than the limit. Null when nobody waits. */
    @Nullable
    Waiting head(long now, double ageLimitSeconds) {
        if (byRank.isEmpty()) {
            return null;
        }
        var oldest = byArrival.first();
        return oldest.ageSeconds(now) > ageLimitSeconds ? oldest : byRank.first();
    }

    long oldestSequence() {
        return byArrival.isEmpty() ? 0 : byArrival.first().sequence;
    }

    /** From 1. */
    int position(Waiting entry) {
        return byRank.headSet(entry, true).size();
    }
}
