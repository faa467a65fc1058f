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

    private static final double CONTENT_SECONDS_MAX = Scheduler.LOOK_PERIOD_MILLIS / 1e3;

    /** How much worse a node may be that was heard of lately than one that was not. */
    private static final double AGED_PENALTY = 2;

    private final WarmQueueRules rules;
    private final Forecast forecast;
    private final Sites sites;
    private final Lines lines;
    private final Tenants tenants;
    private final Waits waits;

    Matcher(WarmQueueRules rules, Forecast forecast, Sites sites, Lines lines, Tenants tenants, Waits waits) {
        this.rules = rules;
        this.forecast = forecast;
        this.sites = sites;
        this.lines = lines;
        this.tenants = tenants;
        this.waits = waits;
    }

    /** A call that waits and the urgency it has now. */
    private record Candidate(Waiting entry, Urgency urgency, double worth, Start start) {
        boolean beats(@Nullable Candidate other) {
            if (other == null) {
                return true;
            }
            int order = urgency.compareTo(other.urgency);
            return order != 0 ? order < 0 : worth > other.worth;
        }
    }

    /** What a node with room starts: what is warm there, unless somebody else is owed the place; null when it had better wait. */
    @Nullable
    Start forSite(Site site, long now) {
        if (lines.isEmpty() || !site.view().accepting() || !site.view().fresh()) {
            return null;
        }
        var warm = warmest(site, now);
        var cold = site.mayStartCold() ? mostGaining(site, now, warm) : null;
        if (cold != null && (warm == null || cold.urgency.isBefore(warm.urgency))) {
            return packed(cold.start, now);
        }
        return warm == null ? null : warm.start;
    }

    private @Nullable Candidate warmest(Site site, long now) {
        Candidate best = null;
        for (var resident : site.residents()) {
            if (!resident.warmSeat.taken()) {
                continue;
            }
            for (var line : resident.model.waiting) {
                var candidate = warm(site, line, now);
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
        if (devices == null) {
            return null;
        }
        return new Candidate(head, urgency(head, now), worth(head, now), new Start(head, site, devices, Warmth.IDLE));
    }

    private boolean isFirst(Candidate candidate, @Nullable Candidate best) {
        if (best == null
                || rules.discipline() == WarmQueueRules.Discipline.RESPONSE_RATIO
                || candidate.urgency.compareTo(best.urgency) != 0
                || candidate.entry.call.deadlineAt() == best.entry.call.deadlineAt()) {
            return candidate.beats(best);
        }
        return candidate.entry.call.deadlineAt() < best.entry.call.deadlineAt();
    }

    private double worth(Waiting head, long now) {
        double age = head.ageSeconds(now);
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
            if (now < line.contentUntil) {
                continue;
            }
            var head = line.head(now, waits.ageLimitSeconds());
            if (head == null || head.avoids(site.id()) || isWarmOn(site, line.model)) {
                continue;
            }
            var urgency = urgency(head, now);
            boolean outranked = warm != null && !urgency.isBefore(warm.urgency);
            if (outranked || (!urgency.aged() && isContent(line, now))) {
                continue;
            }
            var candidate = cold(site, head, urgency, now);
            if (candidate != null && candidate.beats(best) && freshWarmNode(head) == null) {
                best = candidate;
            }
        }
        return best;
    }

    /** Whether its calls had better wait than start cold anywhere. Asked for each free node, so the answer is kept for a while. */
    private boolean isContent(Line line, long now) {
        if (now < line.contentUntil) {
            return true;
        }
        double spare = forecast.leastCostSeconds(line.model, sites.speedMax()) - forecast.waitSeconds(line, now);
        line.contentUntil = now + (long) (1e9 * Math.clamp(spare, 0, CONTENT_SECONDS_MAX));
        return spare > 0;
    }

    private @Nullable Candidate cold(Site site, Waiting head, Urgency urgency, long now) {
        var line = head.line;
        var devices = site.view().fit(line.needs);
        if (devices == null || site.contends(devices)) {
            return null;
        }
        var warmth = site.view().warmth(line.model.function, devices);
        double cost = forecast.costSeconds(line.model, site, devices, warmth, now) + dislikeSeconds(line.needs, site);
        double wait = forecast.waitSeconds(line, now);
        if (cost >= wait && !urgency.aged()) {
            return null;
        }
        double gain = wait - cost;
        double worth = urgency.aged() ? head.ageSeconds(now) : gain;
        return new Candidate(head, urgency, worth, new Start(head, site, devices, warmth));
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
        var model = head.line.model;
        if (!sites.anyFree(head.line.needs)) {
            return null;
        }
        double limit = urgency(head, now).aged() ? Double.POSITIVE_INFINITY : forecast.waitSeconds(head.line, now);
        if (limit <= forecast.leastCostSeconds(model, sites.speedMax())) {
            return null;
        }
        Start best = null;
        int budget = seenMax(head.line);
        for (var kind : sites.kindsFor(head.line.needs)) {
            var free = kind.free(head.line.needs);
            int size = free.size();
            for (int i = 0; i < size && budget > 0; i++, budget--) {
                kind.cursor = kind.cursor + 1 < size ? kind.cursor + 1 : 0;
                var site = free.get(kind.cursor);
                if (!site.mayStartCold() || !site.view().fresh() || head.avoids(site.id())) {
                    continue;
                }
                if (leastSeconds(head.line, site) >= limit) {
                    continue;
                }
                var devices = site.view().fit(head.line.needs);
                if (devices == null || site.contends(devices)) {
                    continue;
                }
                var warmth = site.view().warmth(model.function, devices);
                double cost =
                        forecast.costSeconds(model, site, devices, warmth, now) + dislikeSeconds(head.line.needs, site);
                if (cost < limit) {
                    limit = cost;
                    best = new Start(head, site, devices, warmth);
                }
            }
        }
        return best == null ? null : packed(best, now);
    }

    /** It cannot cost less there, whichever devices it gets: saves looking for them. */
    private double leastSeconds(Line line, Site site) {
        var warmth = site.view().warmth(line.model.function, List.of());
        return forecast.freeCostSeconds(line.model, site, warmth) + dislikeSeconds(line.needs, site);
    }

    /** Shares and groups of devices: where they go decides what fits afterwards. */
    private static boolean isPacked(Needs needs) {
        var asked = needs.accelerators();
        return asked != null && (asked.count() > 1 || asked.shareMillis() > 0);
    }

    /** Of the nodes that cost no more than this one, that on which it leaves the least fragments. */
    private Start packed(Start start, long now) {
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
        return cost(packed, now) <= cost(start, now) * PACKED_COST_MAX ? packed : start;
    }

    /** Few nodes may carry a label or keep to a rule, so all are looked at. */
    private static int seenMax(Line line) {
        return line.selective ? Integer.MAX_VALUE : SEEN_MAX;
    }
}
