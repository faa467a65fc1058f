package dev.modulate.router.scheduling;

import dev.modulate.router.placement.Warmth;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a cold start costs on each node, to compare them. What has to go from a node depends on the shape of the call, not on its
 * function, and is kept as long as the node is as it was: an offer that is taken has to be worked out anew.
 */
final class Offers {
    /** For so long what was worked out is as good as new: rates of calls change over a minute. */
    private static final long KEPT_NANOS = 2_000_000_000;

    private final Forecast forecast;
    private final Effort effort;

    /** What has to go from one node for calls of one shape; infinite when they do not fit. */
    static final class Offer {
        private final int shape;
        private int version = -1;
        private int edition;
        private long at;
        private double lostSeconds;

        Offer(int shape) {
            this.shape = shape;
        }

        boolean isFor(int other) {
            return shape == other;
        }

        private boolean isOf(Site site) {
            return version == site.view().version() && edition == site.edition();
        }
    }

    Offers(Forecast forecast, Effort effort) {
        this.forecast = forecast;
        this.effort = effort;
    }

    /**
     * Seconds, with what that costs others; infinite when it does not fit, or is not known and enough was worked out for one
     * answer, or is not below the limit.
     */
    double costSeconds(Line line, Site site, double limit, long now) {
        return site.resident(line.model) == null
                ? whereItIsNot(line, site, lostSeconds(line, site, now), limit)
                : whereItIs(line, site, now);
    }

    /** @param lost seconds that what has to go costs later */
    double whereItIsNot(Line line, Site site, double lost, double limit) {
        double least = forecast.freeCostSeconds(line.model, site, Warmth.RESIDENT) + lost;
        if (least >= limit) {
            return Double.POSITIVE_INFINITY;
        }
        // Not on its devices, so it does not matter which it gets.
        var warmth = site.view().warmth(line.model.function, List.of());
        return forecast.freeCostSeconds(line.model, site, warmth) + lost + ColdStarts.dislikeSeconds(line.needs, site);
    }

    double whereItIs(Line line, Site site, long now) {
        if (!effort.mayPrice()) {
            return Double.POSITIVE_INFINITY;
        }
        var devices = site.fit(line);
        effort.priced(1 + site.residentCount());
        if (devices == null || site.contends(devices)) {
            return Double.POSITIVE_INFINITY;
        }
        var warmth = site.view().warmth(line.model.function, devices);
        return forecast.costSeconds(line.model, site, devices, warmth, now)
                + ColdStarts.dislikeSeconds(line.needs, site);
    }

    /** What has to go costs so much later; infinite when it does not fit, or is not known and enough was worked out. */
    double lostSeconds(Line line, Site site, long now) {
        var known = site.offer(line.shape);
        if (known != null && known.isOf(site) && (now - known.at <= KEPT_NANOS || !effort.mayPrice())) {
            return known.lostSeconds;
        }
        if (!effort.mayPrice()) {
            return Double.POSITIVE_INFINITY;
        }
        return workOut(line, site, known, now);
    }

    /** What has to go costs so much later, worked out unless that was done lately. */
    double renew(Line line, Site site, long now) {
        var known = site.offer(line.shape);
        if (known == null || !known.isOf(site) || now - known.at > KEPT_NANOS / 2) {
            return workOut(line, site, known, now);
        }
        return known.lostSeconds;
    }

    private double workOut(Line line, Site site, @Nullable Offer known, long now) {
        var offer = known == null ? site.newOffer(line.shape) : known;
        offer.lostSeconds = workedOut(line, site, now);
        offer.version = site.view().version();
        offer.edition = site.edition();
        offer.at = now;
        return offer.lostSeconds;
    }

    private double workedOut(Line line, Site site, long now) {
        var devices = site.fit(line);
        effort.priced(1);
        if (devices == null || site.contends(devices)) {
            return Double.POSITIVE_INFINITY;
        }
        effort.priced(devices.size() * site.residentCount());
        return forecast.priceSeconds(line.model, site, devices, now);
    }
}
