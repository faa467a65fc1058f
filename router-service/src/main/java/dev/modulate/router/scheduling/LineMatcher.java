package dev.modulate.router.scheduling;

import dev.modulate.router.placement.NodeRule;
import org.jspecify.annotations.Nullable;

/** Which free node a call takes: a warm one, the fastest; else the cheapest one with room, if that is sooner than waiting. */
final class LineMatcher {
    /** Warm nodes tried for one call. */
    static final int SEEN_MAX = 64;

    /** Of these those that were warm last; then others in turn. */
    private static final int NEWEST_TRIED = 8;

    /** How much worse a node may be that was heard of lately than one that was not. */
    private static final double AGED_PENALTY = 2;

    private final Forecast forecast;
    private final Sites sites;
    private final Urgencies urgencies;
    private final ColdStarts starts;
    private final ColdSearch search;

    /** The cold start that is being worked out; null when none is. */
    private @Nullable ColdStart underway;

    private final Effort effort;

    LineMatcher(
            Forecast forecast, Sites sites, Urgencies urgencies, ColdStarts starts, ColdSearch search, Effort effort) {
        this.forecast = forecast;
        this.sites = sites;
        this.urgencies = urgencies;
        this.starts = starts;
        this.search = search;
        this.effort = effort;
    }

    /** Where the first of a line starts now: a warm node, the fastest; else the cheapest one with room, if that is sooner than waiting. */
    @Nullable
    Start start(Line line, long now) {
        effort.line();
        var head = line.head(now, urgencies.ageLimitSeconds());
        if (head == null) {
            underway = null;
            return null;
        }
        var begun = underway;
        if (begun == null || !begun.isFor(head, now)) {
            underway = null;
            var warm = freshWarmNode(head);
            return warm != null || isBegun(head, now) ? warm : orAged(head, null);
        }
        var start = begun.goOn(now);
        if (!begun.isDone()) {
            return null;
        }
        underway = null;
        return orAged(head, start);
    }

    /** Whether the line has to be asked for again: each answer does a part of a cold start. */
    boolean isUnderway() {
        return underway != null;
    }

    private @Nullable Start orAged(Waiting head, @Nullable Start cheapest) {
        var aged = warmNode(head, false, NodeRule.any());
        return aged == null || isNear(cheapest, aged) ? cheapest : aged;
    }

    @Nullable
    Start freshWarmNode(Waiting head) {
        var preferred = head.line.needs.preferred();
        var warm = warmNode(head, true, preferred);
        return warm == null && !preferred.equals(NodeRule.any()) ? warmNode(head, true, NodeRule.any()) : warm;
    }

    /** Whether a node that was heard of lately costs at most twice what one does that was not. */
    private boolean isNear(@Nullable Start fresh, Start aged) {
        return fresh != null && starts.costSeconds(fresh) <= AGED_PENALTY * starts.costSeconds(aged);
    }

    private @Nullable Start warmNode(Waiting head, boolean fresh, NodeRule among) {
        int left = SEEN_MAX;
        for (var level : head.line.model.warm()) {
            for (int i = 0; i < level.residents.size() && left > 0; i++, left--) {
                var resident = level.candidate(i, NEWEST_TRIED);
                var site = resident.site;
                effort.node();
                boolean asked = site.view().fresh() == fresh
                        && !head.avoids(site.id())
                        && among.allows(site.view().profile());
                var devices = asked ? site.warmDevices(resident, head.line) : null;
                if (devices != null) {
                    return Start.warm(head, site, devices);
                }
            }
        }
        return null;
    }

    /** Whether a cold start may be worth it, and is worked out from now on. */
    private boolean isBegun(Waiting head, long now) {
        var line = head.line;
        if (!sites.anyFree(line)) {
            return false;
        }
        double limit = urgencies.of(head, now).aged() ? Double.POSITIVE_INFINITY : forecast.waitSeconds(line, now);
        if (limit <= forecast.leastCostSeconds(line.model, sites.speedMax())) {
            return false;
        }
        underway = new ColdStart(head, limit, search, starts, now);
        return true;
    }
}
