package dev.modulate.router.scheduling;

import dev.modulate.router.placement.Packing;
import org.jspecify.annotations.Nullable;

/**
 * The cheapest cold start of one call, worked out in steps, of which one answer of the scheduler does one: first a node is
 * searched for, then its price is worked out, then the node on which fewest fragments would be left is found, and priced. What a step relies
 * on may have changed when the next is done; then it begins anew.
 */
final class ColdStart {
    /** Nodes tried whose offer turned out to be out of date. */
    private static final int OFFERS_TRIED = 2;

    /** After that the wait that it is compared with may be another. */
    private static final long GOOD_NANOS = 100_000_000;

    private final Waiting head;
    private final double limit;
    private final ColdSearch search;
    private final ColdStarts starts;
    private final long begunAt;
    private Step step = Step.SEARCH;
    private int tried;
    private @Nullable Site site;
    private @Nullable Start start;
    private Packing.@Nullable Place place;
    private int version;
    private int edition;
    private int placeVersion;

    private enum Step {
        SEARCH,
        PRICE,
        PACK,
        CHOOSE,
        DONE
    }

    /** @param limit seconds below which it has to cost */
    ColdStart(Waiting head, double limit, ColdSearch search, ColdStarts starts, long now) {
        this.head = head;
        this.limit = limit;
        this.search = search;
        this.starts = starts;
        this.begunAt = now;
    }

    /** The same when the node is known: no other is searched for. */
    static ColdStart at(Site site, Waiting head, double limit, ColdSearch search, ColdStarts starts, long now) {
        var start = new ColdStart(head, limit, search, starts, now);
        start.tried = OFFERS_TRIED - 1;
        start.at(site);
        start.step = Step.PRICE;
        return start;
    }

    private void at(Site next) {
        site = next;
        version = next.view().version();
        edition = next.edition();
    }

    Waiting head() {
        return head;
    }

    /** Whether it is the start of that call, and what is known is as it was. */
    boolean isFor(Waiting other, long now) {
        var at = site;
        return head == other
                && now - begunAt <= GOOD_NANOS
                && (at == null || (at.view().fresh() && version == at.view().version() && edition == at.edition()));
    }

    boolean isDone() {
        return step == Step.DONE;
    }

    /** Does the next step; where it starts when that was the last, null when it had better wait. */
    @Nullable
    Start goOn(long now) {
        step = switch (step) {
            case SEARCH -> search(now);
            case PRICE -> price(now);
            case PACK -> pack();
            case CHOOSE -> choose(now);
            case DONE -> Step.DONE;
        };
        return start;
    }

    private Step search(long now) {
        var found = search.cheapest(head, limit, now);
        if (found == null) {
            return Step.DONE;
        }
        at(found);
        return Step.PRICE;
    }

    private Step price(long now) {
        var at = site;
        var worked = at == null ? null : starts.on(at, head, now);
        if (worked != null && starts.costSeconds(worked) < limit) {
            start = worked;
            return ColdStarts.isPacked(head.line.needs) ? Step.PACK : Step.DONE;
        }
        if (at != null) {
            at.amended();
        }
        site = null;
        return ++tried < OFFERS_TRIED ? Step.SEARCH : Step.DONE;
    }

    private Step pack() {
        var found = starts.packed(head);
        if (found == null) {
            return Step.DONE;
        }
        place = found;
        placeVersion = found.node().version();
        return Step.CHOOSE;
    }

    private Step choose(long now) {
        var first = start;
        var packed = place;
        if (first != null && packed != null && placeVersion == packed.node().version()) {
            start = starts.better(first, packed, now);
        }
        return Step.DONE;
    }
}
