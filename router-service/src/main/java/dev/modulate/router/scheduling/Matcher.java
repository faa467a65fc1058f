package dev.modulate.router.scheduling;

import dev.modulate.router.placement.Needs;
import dev.modulate.router.placement.NodeRule;
import dev.modulate.router.placement.Warmth;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The rules of the warm queue: which call a free node takes, and which free node a call takes. Changes nothing but what it notes on lines. */
final class Matcher {
    /** Lines, or free nodes, looked at for one decision. */
    static final int SEEN_MAX = 64;

    /** Of the least cost: a node that costs up to this much may be taken for the sake of what fits afterwards. */
    private static final double PACKED_COST_MAX = 1.01;

    /** What a node that is not preferred costs more. */
    private static final double DISLIKE_SECONDS = 5;

    /** Warm nodes tried for one call that were warm last; then others in turn, up to {@link #SEEN_MAX} in all. */
    private static final int NEWEST_TRIED = 8;

    /** Nodes tried for one cold start whose offer turned out to be out of date. */
    private static final int OFFERS_TRIED = 2;

    private static final double CONTENT_SECONDS_MAX = Scheduler.LOOK_PERIOD_MILLIS / 1e3;

    /** How much worse a node may be that was heard of lately than one that was not. */
    private static final double AGED_PENALTY = 2;

    private final WarmQueueRules rules;
    private final Forecast forecast;
    private final Sites sites;
    private final Lines lines;
    private final Tenants tenants;
    private final Waits waits;
    private final Effort effort;
    private final Offers offers;
    private final ColdSearch search;

    Matcher(
            WarmQueueRules rules,
            Forecast forecast,
            Sites sites,
            Lines lines,
            Tenants tenants,
            Waits waits,
            Effort effort) {
        this.effort = effort;
        this.offers = new Offers(forecast, effort);
        this.search = new ColdSearch(sites, offers, effort);
        this.rules = rules;
        this.forecast = forecast;
        this.sites = sites;
        this.lines = lines;
        this.tenants = tenants;
        this.waits = waits;
    }

    /** Works out what a cold start like the last one would cost there. */
    void prepare(Site site, long now) {
        search.prepare(site, now);
    }

    /**
     * What a node with room starts: what is warm there, unless somebody else is owed the place or has waited longer by more
     * than its load costs; null when it had better wait.
     */
    @Nullable
    Start forSite(Site site, long now) {
        effort.node();
        if (lines.isEmpty() || !site.view().accepting() || !site.view().fresh()) {
            return null;
        }
        if (!site.mayTakeDevices() && lines.allNeedDevices()) {
            return null;
        }
        var warm = warmest(site, now);
        if (!site.mayStartCold() || (warm != null && isFirstOfAll(warm, now))) {
            return warm == null ? null : warm.on(site);
        }
        var cold = mostGaining(site, now, warm);
        if (cold != null && cold.overtakes(warm)) {
            var start = cold.on(site);
            return packed(start, cost(start, now), now);
        }
        return warm == null ? null : warm.on(site);
    }

    /** Nobody who waits can be more urgent, or has waited longer. */
    private boolean isFirstOfAll(Candidate candidate, long now) {
        if (!candidate.urgency().entitled()) {
            return false;
        }
        boolean oldest = rules.discipline() == WarmQueueRules.Discipline.OLDEST
                && !lines.anyOlder(candidate.entry().ageSeconds(now), now);
        return candidate.urgency().aged()
                || (oldest && !lines.anyBefore(candidate.entry().call.priority()));
    }

    private @Nullable Candidate warmest(Site site, long now) {
        Candidate best = null;
        int seen = 0;
        for (var resident : site.residents()) {
            if (!resident.warmSeat.taken()) {
                continue;
            }
            var waiting = resident.model.waiting;
            for (int i = 0; i < waiting.size() && seen < SEEN_MAX; i++, seen++) {
                effort.line();
                var candidate = warm(site, waiting.get(i), now);
                if (candidate != null && isFirst(candidate, best)) {
                    best = candidate;
                }
            }
        }
        return best;
    }

    private @Nullable Candidate warm(Site site, Line line, long now) {
        var head = line.head(now, waits.ageLimitSeconds());
        if (head == null || head.avoids(site.id())) {
            return null;
        }
        var devices = site.warmDevices(line);
        double worth = worth(head, 0, now);
        return devices == null ? null : new Candidate(head, urgency(head, now), worth, worth, devices, Warmth.IDLE);
    }

    private boolean isFirst(Candidate candidate, @Nullable Candidate best) {
        if (best == null
                || rules.discipline() == WarmQueueRules.Discipline.RESPONSE_RATIO
                || candidate.urgency().compareTo(best.urgency()) != 0
                || candidate.entry().call.deadlineAt() == best.entry().call.deadlineAt()) {
            return candidate.beats(best);
        }
        return candidate.entry().call.deadlineAt() < best.entry().call.deadlineAt();
    }

    private double worth(Waiting head, double costSeconds, long now) {
        double age = head.ageSeconds(now) - costSeconds;
        double run = forecast.runSeconds(head.line.model);
        return rules.discipline() == WarmQueueRules.Discipline.OLDEST ? age : (age + run) / run;
    }

    /** The line that gains most by starting here instead of waiting for a node that has it loaded. */
    private @Nullable Candidate mostGaining(Site site, long now, @Nullable Candidate warm) {
        Candidate best = null;
        int seen = 0;
        for (var line : lines.oldestFirst()) {
            if (++seen > SEEN_MAX) {
                break;
            }
            effort.line();
            var candidate = now < line.contentUntil ? null : gaining(site, line, now, warm);
            if (candidate != null
                    && candidate.beats(best)
                    && effort.mayAskNodes()
                    && freshWarmNode(candidate.entry()) == null) {
                best = candidate;
            }
        }
        return best == null ? null : cold(site, best, now);
    }

    /** By what is known of waits and prices; null when it had better not start here. */
    private @Nullable Candidate gaining(Site site, Line line, long now, @Nullable Candidate warm) {
        var head = line.head(now, waits.ageLimitSeconds());
        if (head == null || head.avoids(site.id()) || site.isFull(line.shape) || isWarmOn(site, line.model)) {
            return null;
        }
        var urgency = urgency(head, now);
        if (isOutranked(head, urgency, warm, now) || (!urgency.aged() && isContent(line, now))) {
            return null;
        }
        double wait = forecast.recentWaitSeconds(line, now);
        double limit = urgency.aged() ? Double.POSITIVE_INFINITY : wait;
        double cost = offers.costSeconds(line, site, limit, now);
        if (cost >= limit) {
            return null;
        }
        double worth = urgency.aged() ? head.ageSeconds(now) : wait - cost;
        var candidate = new Candidate(head, urgency, worth, worth(head, cost, now), List.of(), Warmth.COLD);
        return candidate.overtakes(warm) ? candidate : null;
    }

    /** Whether it goes after what is warm there, however cheap its load. */
    private boolean isOutranked(Waiting head, Urgency urgency, @Nullable Candidate warm, long now) {
        if (warm == null) {
            return false;
        }
        int order = urgency.compareTo(warm.urgency());
        if (order != 0) {
            return order > 0;
        }
        double cost = forecast.leastCostSeconds(head.line.model, sites.speedMax());
        return worth(head, cost, now) <= warm.standing();
    }

    /** Whether its calls had better wait than start cold anywhere. Asked for each free node, so the answer is kept for a while. */
    private boolean isContent(Line line, long now) {
        if (now < line.contentUntil) {
            return true;
        }
        double spare = forecast.leastCostSeconds(line.model, sites.speedMax()) - forecast.recentWaitSeconds(line, now);
        line.contentUntil = now + (long) (1e9 * Math.clamp(spare, 0, CONTENT_SECONDS_MAX));
        return spare > 0;
    }

    /** The same with its devices, by waits and prices as they are now. */
    private @Nullable Candidate cold(Site site, Candidate candidate, long now) {
        var head = candidate.entry();
        var start = coldStart(head, site);
        if (start == null) {
            return null;
        }
        boolean worthIt = candidate.urgency().aged() || cost(start, now) < forecast.waitSeconds(head.line, now);
        return worthIt
                ? new Candidate(
                        head,
                        candidate.urgency(),
                        candidate.worth(),
                        candidate.standing(),
                        start.devices(),
                        start.warmth())
                : null;
    }

    private static @Nullable Start coldStart(Waiting head, Site site) {
        var devices = site.fit(head.line);
        if (devices == null || site.contends(devices)) {
            return null;
        }
        return new Start(head, site, devices, site.view().warmth(head.line.model.function, devices));
    }

    private static boolean isWarmOn(Site site, Model model) {
        var resident = site.resident(model);
        return resident != null && resident.warmSeat.taken();
    }

    private Urgency urgency(Waiting head, long now) {
        boolean aged = head.ageSeconds(now) > waits.ageLimitSeconds();
        return Urgency.of(head, tenants.isEntitled(head.line.tenant), aged);
    }

    /** Where the first of a line starts now: a warm node, the fastest; else the cheapest one with room, if that is sooner than waiting. */
    @Nullable
    Start forLine(Line line, long now) {
        effort.line();
        var head = line.head(now, waits.ageLimitSeconds());
        if (head == null) {
            return null;
        }
        var warm = freshWarmNode(head);
        if (warm != null) {
            return warm;
        }
        var cheapest = cheapest(head, now);
        var aged = warmNode(head, false, NodeRule.any());
        return aged == null || isNear(cheapest, aged, now) ? cheapest : aged;
    }

    private @Nullable Start freshWarmNode(Waiting head) {
        var preferred = head.line.needs.preferred();
        var warm = warmNode(head, true, preferred);
        return warm == null && !preferred.equals(NodeRule.any()) ? warmNode(head, true, NodeRule.any()) : warm;
    }

    static double dislikeSeconds(Needs needs, Site site) {
        return needs.preferred().allows(site.view().profile()) ? 0 : DISLIKE_SECONDS;
    }

    /** Whether a node that was heard of lately costs at most twice what one does that was not. */
    private boolean isNear(@Nullable Start fresh, Start aged, long now) {
        return fresh != null && cost(fresh, now) <= AGED_PENALTY * cost(aged, now);
    }

    private double cost(Start start, long now) {
        var line = start.entry().line;
        return forecast.costSeconds(line.model, start.site(), start.devices(), start.warmth(), now)
                + dislikeSeconds(line.needs, start.site());
    }

    private @Nullable Start warmNode(Waiting head, boolean fresh, NodeRule among) {
        int left = SEEN_MAX;
        for (var level : head.line.model.warm()) {
            for (int i = 0; i < level.residents.size() && left > 0; i++, left--) {
                var site = level.candidate(i, NEWEST_TRIED).site;
                effort.node();
                boolean asked = site.view().fresh() == fresh
                        && !head.avoids(site.id())
                        && among.allows(site.view().profile());
                var devices = asked ? site.warmDevices(head.line) : null;
                if (devices != null) {
                    return new Start(head, site, devices, Warmth.IDLE);
                }
            }
        }
        return null;
    }

    private @Nullable Start cheapest(Waiting head, long now) {
        var line = head.line;
        if (!sites.anyFree(line.needs)) {
            return null;
        }
        double limit = urgency(head, now).aged() ? Double.POSITIVE_INFINITY : forecast.waitSeconds(line, now);
        if (limit <= forecast.leastCostSeconds(line.model, sites.speedMax())) {
            return null;
        }
        for (int i = 0; i < OFFERS_TRIED; i++) {
            var site = search.cheapest(head, limit, now);
            if (site == null) {
                return null;
            }
            var start = coldStart(head, site);
            double cost = start == null ? Double.POSITIVE_INFINITY : cost(start, now);
            if (start != null && cost < limit) {
                return packed(start, cost, now);
            }
            site.amended();
        }
        return null;
    }

    /** Shares and groups of devices: where they go decides what fits afterwards. */
    private static boolean isPacked(Needs needs) {
        var asked = needs.accelerators();
        return asked != null && (asked.count() > 1 || asked.shareMillis() > 0);
    }

    /** Of the nodes that cost no more than this one, that on which it leaves the least fragments. */
    private Start packed(Start start, double costSeconds, long now) {
        var head = start.entry();
        var place = isPacked(head.line.needs) ? sites.packed(head.line.needs, head.avoided) : null;
        var site = place == null ? null : sites.find(place.node().id());
        if (place == null
                || site == null
                || site.contends(place.devices())
                || !site.view().fresh()) {
            return start;
        }
        var warmth = site.view().warmth(head.line.model.function, place.devices());
        var packed = new Start(head, site, place.devices(), warmth);
        return cost(packed, now) <= costSeconds * PACKED_COST_MAX ? packed : start;
    }
}
