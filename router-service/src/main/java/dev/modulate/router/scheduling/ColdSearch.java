package dev.modulate.router.scheduling;

import org.jspecify.annotations.Nullable;

/**
 * The node on which a call starts cheapest that has to be loaded first: of the bargains of earlier searches and a few
 * others, each in its turn. Offers may be old, so the node that is found has to be asked anew.
 */
final class ColdSearch {
    /** Nodes looked at, the bargains with them, unless few may be right. */
    static final int SEEN_MAX = 12;

    private final Sites sites;
    private final Offers offers;
    private final Effort effort;
    private final Site[] before = new Site[Bargains.MAX];

    /** Whose call was searched for last. */
    private @Nullable Line last;

    /** Of the search that is going on: no node is looked at twice. */
    private long number;

    ColdSearch(Sites sites, Offers offers, Effort effort) {
        this.sites = sites;
        this.offers = offers;
        this.effort = effort;
    }

    /** A call like the one that was searched for last may come: works out what it would cost there, so that a search begins with the best of all. */
    void prepare(Site site, long now) {
        var line = last;
        if (line != null && site.view().accepting() && site.resident(line.model) == null) {
            effort.begin();
            double lost = offers.renew(line, site, now);
            bargain(line, site, lost);
        }
    }

    /** Null when no node that is looked at costs less than that. */
    @Nullable
    Site cheapest(Waiting head, double most, long now) {
        number++;
        var line = head.line;
        last = line;
        double limit = most;
        Site best = null;
        // Few nodes may carry a label or keep to a rule, so all are looked at.
        int budget = line.selective ? Integer.MAX_VALUE : SEEN_MAX;
        for (var kind : sites.kindsFor(line)) {
            var free = kind.free(line.needs);
            int bargains = line.selective ? 0 : takeBargains(kind);
            int size = free.size();
            for (int i = 0; i < bargains + size && budget > 0; i++, budget--) {
                var site = i < bargains ? before[i] : free.get(kind.next(size));
                double cost = costSeconds(head, site, limit, now);
                if (cost < limit) {
                    limit = cost;
                    best = site;
                }
            }
        }
        return best;
    }

    /** What is still one is put back when it is looked at. */
    private int takeBargains(SiteKind kind) {
        int count = kind.bargains.size();
        for (int i = 0; i < count; i++) {
            before[i] = kind.bargains.get(i);
        }
        kind.bargains.clear();
        return count;
    }

    private double costSeconds(Waiting head, Site site, double limit, long now) {
        effort.node();
        if (site.searched == number) {
            return Double.POSITIVE_INFINITY;
        }
        site.searched = number;
        if (!mayStart(head, site)) {
            return Double.POSITIVE_INFINITY;
        }
        if (site.resident(head.line.model) != null) {
            return offers.whereItIs(head.line, site, now);
        }
        double lost = offers.lostSeconds(head.line, site, now);
        bargain(head.line, site, lost);
        return offers.whereItIsNot(head.line, site, lost, limit);
    }

    private static void bargain(Line line, Site site, double lost) {
        if (!line.selective && lost < Double.POSITIVE_INFINITY) {
            site.kind.bargains.offer(site, lost);
        }
    }

    private static boolean mayStart(Waiting head, Site site) {
        return site.view().accepting()
                && site.mayStartCold()
                && !site.isHeldFrom(head.line)
                && site.view().fresh()
                && !head.avoids(site.id())
                && (!head.line.selective || head.line.needs.allows(site.view().profile()));
    }
}
