package dev.modulate.router.scheduling;

import dev.modulate.router.scheduling.WarmQueueRules.Discipline;
import org.jspecify.annotations.Nullable;

/** Which call a node with room takes. Changes nothing but what it notes on lines. */
final class SiteMatcher {
    /** Lines looked at for one node, of those that are warm on it and of the others. */
    static final int SEEN_MAX = 64;

    /** For so long a line that had better wait is left alone. */
    private static final double CONTENT_SECONDS_MAX = Scheduler.LOOK_PERIOD_MILLIS / 1e3;

    /** For so long a cold start costs what it did: each look works it out anew, and may be late. */
    private static final double COST_SECONDS_MAX = 2 * CONTENT_SECONDS_MAX;

    private final Discipline discipline;
    private final Forecast forecast;
    private final Sites sites;
    private final Lines lines;
    private final LineTable table;
    private final Urgencies urgencies;
    private final ColdStarts starts;
    private final Offers offers;
    private final LineMatcher others;
    private final ColdSearch search;
    private final Effort effort;

    /** The cold start that is being worked out, and where; null when none is. */
    private @Nullable ColdStart underway;

    private @Nullable Site begunAt;

    /** @param others asked whether a call has a warm node anyway */
    SiteMatcher(
            Discipline discipline,
            Forecast forecast,
            Sites sites,
            Lines lines,
            Urgencies urgencies,
            ColdStarts starts,
            Offers offers,
            LineMatcher others,
            ColdSearch search,
            Effort effort) {
        this.discipline = discipline;
        this.forecast = forecast;
        this.sites = sites;
        this.lines = lines;
        this.table = lines.table();
        this.urgencies = urgencies;
        this.starts = starts;
        this.offers = offers;
        this.others = others;
        this.search = search;
        this.effort = effort;
    }

    /**
     * What is warm there, unless somebody else is owed the place or has waited longer by more than its load costs; null when
     * it had better wait, or {@link #isUnderway}.
     */
    @Nullable
    Start start(Site site, long now) {
        var begun = underway;
        underway = null;
        effort.node();
        if (lines.isEmpty() || !site.view().accepting() || !site.view().fresh()) {
            return null;
        }
        if (!site.mayTakeDevices() && lines.allNeedDevices()) {
            return null;
        }
        var holder = site.heldFor();
        if (holder != null) {
            return heldFor(holder, site, now);
        }
        if (begun != null && site == begunAt && isGood(begun, now)) {
            return goneOn(begun, site, now);
        }
        var warm = warmest(site, now);
        if (site.mayStartCold() && (warm == null || !isFirstOfAll(warm, now))) {
            var cold = mostGaining(site, now, warm);
            if (cold != null) {
                begin(cold, site, now);
                return null;
            }
        }
        return warm == null ? null : warm.start();
    }

    /** Nobody else may start there, whatever is warm. */
    private @Nullable Start heldFor(Waiting holder, Site site, long now) {
        var devices = site.warmDevices(holder.line);
        return devices == null ? starts.on(site, holder, now) : Start.warm(holder, site, devices);
    }

    private @Nullable Start goneOn(ColdStart begun, Site site, long now) {
        var start = begun.goOn(now);
        if (!begun.isDone()) {
            underway = begun;
            return null;
        }
        var warm = start == null ? warmest(site, now) : null;
        return warm == null ? start : warm.start();
    }

    private boolean isGood(ColdStart begun, long now) {
        var head = begun.head();
        return begun.isFor(head, now) && head.line.head(now, urgencies.ageLimitSeconds()) == head;
    }

    private void begin(Candidate cold, Site site, long now) {
        var head = cold.entry();
        double limit = cold.urgency().aged() ? Double.POSITIVE_INFINITY : forecast.waitSeconds(head.line, now);
        underway = ColdStart.at(site, head, limit, search, starts, now);
        begunAt = site;
    }

    /** Whether the node has to be asked for again: each answer does a part of a cold start. */
    boolean isUnderway() {
        return underway != null;
    }

    /** Nobody who waits can be more urgent, or has waited longer. */
    private boolean isFirstOfAll(Candidate candidate, long now) {
        if (!candidate.urgency().entitled()) {
            return false;
        }
        boolean oldest = discipline == Discipline.OLDEST
                && !lines.anyOlder(candidate.entry().ageSeconds(now), now);
        return candidate.urgency().aged()
                || (oldest && !lines.anyBefore(candidate.entry().call.priority()));
    }

    /** Nobody who waits can be more urgent for anything but its age. */
    private boolean isAgeAllThatCounts(Candidate warm) {
        return discipline == Discipline.OLDEST
                && warm.urgency().entitled()
                && !lines.anyBefore(warm.entry().call.priority());
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
                var candidate = warm(resident, waiting.get(i), now);
                if (candidate != null && isFirst(candidate, best)) {
                    best = candidate;
                }
            }
        }
        return best;
    }

    private @Nullable Candidate warm(Resident resident, Line line, long now) {
        var site = resident.site;
        var head = line.head(now, urgencies.ageLimitSeconds());
        if (head == null || head.avoids(site.id())) {
            return null;
        }
        var devices = site.warmDevices(resident, line);
        if (devices == null) {
            return null;
        }
        double worth = worth(head, 0, now);
        return new Candidate(head, urgencies.of(head, now), worth, worth, Start.warm(head, site, devices));
    }

    private boolean isFirst(Candidate candidate, @Nullable Candidate best) {
        if (best == null
                || discipline == Discipline.RESPONSE_RATIO
                || candidate.urgency().compareTo(best.urgency()) != 0
                || candidate.entry().call.deadlineAt() == best.entry().call.deadlineAt()) {
            return candidate.beats(best);
        }
        return candidate.entry().call.deadlineAt() < best.entry().call.deadlineAt();
    }

    private double worth(Waiting head, double costSeconds, long now) {
        double age = head.ageSeconds(now) - costSeconds;
        double run = forecast.runSeconds(head.line.model);
        return discipline == Discipline.OLDEST ? age : (age + run) / run;
    }

    /** The line that gains most by starting here instead of waiting for a node that has it loaded. */
    private @Nullable Candidate mostGaining(Site site, long now, @Nullable Candidate warm) {
        Candidate best = null;
        double warmSeconds = warm != null && isAgeAllThatCounts(warm) ? warm.standing() : Double.NEGATIVE_INFINITY;
        double limitSeconds = urgencies.ageLimitSeconds();
        var turn = lines.turn(warmSeconds, now);
        for (int seen = 0; seen < SEEN_MAX; seen++) {
            var line = turn.next();
            if (line == null) {
                break;
            }
            effort.line();
            double ageSeconds = turn.last().ageSeconds();
            double thanSeconds = ageSeconds > limitSeconds ? Double.NEGATIVE_INFINITY : warmSeconds;
            if (table.isBehind(turn.last().row(), ageSeconds, thanSeconds, now)) {
                continue;
            }
            var candidate = gaining(site, line, now, warm);
            if (candidate != null
                    && candidate.beats(best)
                    && effort.mayAskNodes()
                    && others.freshWarmNode(candidate.entry()) == null) {
                best = candidate;
            }
        }
        return best;
    }

    /** By what is known of waits and prices; null when it had better not start here. */
    private @Nullable Candidate gaining(Site site, Line line, long now, @Nullable Candidate warm) {
        var head = line.head(now, urgencies.ageLimitSeconds());
        if (head == null || head.avoids(site.id()) || site.isFull(line.shape) || isWarmOn(site, line.model)) {
            return null;
        }
        var urgency = urgencies.of(head, now);
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
        var candidate = new Candidate(head, urgency, worth, worth(head, cost, now), null);
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
        boolean outranked = worth(head, cost, now) <= warm.standing();
        if (outranked) {
            handicap(head.line, cost, COST_SECONDS_MAX, now);
        }
        return outranked;
    }

    /** Works out what a cold start of the line costs at least, while no answer waits for it. Nobody knows before there is a node. */
    void prepare(Line line, long now) {
        double cost = forecast.leastCostSeconds(line.model, sites.speedMax());
        if (cost < Double.POSITIVE_INFINITY && !table.isRuledOut(line.row, now)) {
            handicap(line, cost, COST_SECONDS_MAX, now);
        }
    }

    /** Whether its calls had better wait than start cold anywhere. */
    private boolean isContent(Line line, long now) {
        double spare = forecast.leastCostSeconds(line.model, sites.speedMax()) - forecast.recentWaitSeconds(line, now);
        if (spare > 0) {
            handicap(line, Double.POSITIVE_INFINITY, Math.min(spare, CONTENT_SECONDS_MAX), now);
        }
        return spare > 0;
    }

    private void handicap(Line line, double seconds, double keptSeconds, long now) {
        table.handicap(line.row, seconds, now + (long) (1e9 * keptSeconds));
    }

    private static boolean isWarmOn(Site site, Model model) {
        var resident = site.resident(model);
        return resident != null && resident.warmSeat.taken();
    }
}
