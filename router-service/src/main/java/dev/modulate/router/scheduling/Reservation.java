package dev.modulate.router.scheduling;

import java.util.ArrayList;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One node that is held back for a call that has waited too long, until it has room for it: calls that need less would
 * else take each part of it that comes free, and one that needs several devices, or a whole one beside shares, would
 * never start. There is one at a time, so little stands idle, and none for nodes that run one call at a time.
 */
final class Reservation {
    /** Lines looked at for a call to hold a node for, and nodes for each, in turn. */
    private static final int LINES_MAX = 64;

    private static final int SITES_MAX = 16;

    /** How long a node is held: twice what it is expected to take, within these bounds. */
    private static final double HELD_IN_DRAINS = 2;

    private static final double HELD_SECONDS_MIN = 300;
    private static final double HELD_SECONDS_MAX = 3600;

    private final Lines lines;
    private final Sites sites;
    private final Forecast forecast;
    private final Urgencies urgencies;
    private @Nullable Site site;
    private @Nullable Waiting holder;
    private long until;

    /** What was held in vain until its time was over: another call, or else another node, has the next turn. */
    private @Nullable Site lapsedSite;

    private @Nullable Waiting lapsedHolder;

    Reservation(Lines lines, Sites sites, Forecast forecast, Urgencies urgencies) {
        this.lines = lines;
        this.sites = sites;
        this.forecast = forecast;
        this.urgencies = urgencies;
    }

    /** Null when no node is held. */
    @Nullable
    HeldNode held() {
        return site == null || holder == null ? null : new HeldNode(site.id(), holder.call.id());
    }

    /** The call waits no more. The node that was held for it; null when none was. */
    @Nullable
    Site gone(Waiting entry) {
        if (entry == lapsedHolder) {
            forgetLapsed();
        }
        return entry == holder ? release() : null;
    }

    /** The node that is held no more from now on: its time is over or it takes no calls. Null when that is not so. */
    @Nullable
    Site lapsed(long now) {
        var held = site;
        var forWhom = holder;
        if (held == null || forWhom == null) {
            return null;
        }
        if (now < until && mayHold(held, forWhom)) {
            return null;
        }
        if (now >= until) {
            lapsedSite = held;
            lapsedHolder = forWhom;
        }
        return release();
    }

    /** The node that is held from now on; null when one is held already, or nobody needs it. */
    @Nullable
    Site claimed(long now) {
        if (site != null) {
            return null;
        }
        var aged = new ArrayList<Waiting>();
        for (var line : lines.turn(urgencies.ageLimitSeconds(), now).next(LINES_MAX)) {
            aged.add(Objects.requireNonNull(line.oldest()));
        }
        aged.sort(Waiting.BY_ARRIVAL);
        for (var oldest : aged) {
            if (oldest != lapsedHolder && urgencies.of(oldest, now).entitled() && claim(oldest, now)) {
                return site;
            }
        }
        var again = lapsedHolder;
        return again != null && claim(again, now) ? site : null;
    }

    /** Takes the node that is expected to be empty first. */
    private boolean claim(Waiting entry, long now) {
        Site best = null;
        double least = Double.POSITIVE_INFINITY;
        for (var kind : sites.kindsFor(entry.line)) {
            int size = kind.all.size();
            for (int i = 0; i < Math.min(size, SITES_MAX); i++) {
                var next = kind.all.get(kind.nextHeld(size));
                double seconds = mayHold(next, entry) ? roomSeconds(next, entry, now) : Double.POSITIVE_INFINITY;
                if (seconds < least && !(entry == lapsedHolder && next == lapsedSite)) {
                    least = seconds;
                    best = next;
                }
            }
        }
        if (best == null) {
            return false;
        }
        if (entry != lapsedHolder) {
            forgetLapsed();
        }
        site = best;
        holder = entry;
        until = now + (long) (1e9 * Math.clamp(HELD_IN_DRAINS * least, HELD_SECONDS_MIN, HELD_SECONDS_MAX));
        best.holdFor(entry);
        return true;
    }

    private double roomSeconds(Site at, Waiting entry, long now) {
        if (at.fit(entry.line) != null) {
            return 0;
        }
        double last = 0;
        for (var execution : at.running) {
            last = Math.max(last, forecast.remainingSeconds(execution, now));
        }
        return last;
    }

    /** One that runs a call at a time is empty whenever it is free. */
    private boolean mayHold(Site at, Waiting entry) {
        return at.slots() > 1
                && sites.find(at.id()) == at
                && at.view().fresh()
                && !entry.avoids(at.id())
                && at.view().couldEverFit(entry.line.needs);
    }

    private void forgetLapsed() {
        lapsedHolder = null;
        lapsedSite = null;
    }

    /** Null as well when the node has left: nothing is to start there. */
    private @Nullable Site release() {
        var held = site;
        if (held != null) {
            held.holdFor(null);
        }
        site = null;
        holder = null;
        return held == null || sites.find(held.id()) != held ? null : held;
    }
}
