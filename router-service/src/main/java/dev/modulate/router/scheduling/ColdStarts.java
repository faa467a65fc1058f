package dev.modulate.router.scheduling;

import dev.modulate.router.placement.Needs;
import dev.modulate.router.placement.Warmth;
import org.jspecify.annotations.Nullable;

/** What it costs to start a call on a node that has to load its function, and which node of those that cost the same is best. */
final class ColdStarts {
    /** Of the least cost: a node that costs up to this much may be taken for the sake of what fits afterwards. */
    private static final double PACKED_COST_MAX = 1.01;

    /** What a node that is not preferred costs more. */
    private static final double DISLIKE_SECONDS = 5;

    private final Forecast forecast;
    private final Sites sites;

    ColdStarts(Forecast forecast, Sites sites) {
        this.forecast = forecast;
        this.sites = sites;
    }

    static double dislikeSeconds(Needs needs, Site site) {
        return needs.preferred().allows(site.view().profile()) ? 0 : DISLIKE_SECONDS;
    }

    /** Null when it does not fit there now. */
    @Nullable
    Start on(Site site, Waiting head, long now) {
        var devices = site.fit(head.line);
        if (devices == null || site.contends(devices)) {
            return null;
        }
        var model = head.line.model;
        var warmth = site.view().warmth(model.function, devices);
        var room = warmth == Warmth.IDLE ? Room.ENOUGH : forecast.room(model, site, devices, now);
        return new Start(head, site, devices, warmth, room);
    }

    double costSeconds(Start start) {
        var line = start.entry().line;
        return forecast.freeCostSeconds(line.model, start.site(), start.warmth())
                + start.room().priceSeconds()
                + dislikeSeconds(line.needs, start.site());
    }

    /** Shares and groups of devices: where they go decides what fits afterwards. */
    private static boolean isPacked(Needs needs) {
        var asked = needs.accelerators();
        return asked != null && (asked.count() > 1 || asked.shareMillis() > 0);
    }

    /** Of the nodes that cost no more than this one, that on which it leaves the least fragments. */
    Start packed(Start start, long now) {
        var head = start.entry();
        var place = isPacked(head.line.needs) ? sites.packed(head.line, head.avoided) : null;
        var site = place == null ? null : sites.find(place.node().id());
        if (place == null
                || site == null
                || site.contends(place.devices())
                || !site.view().fresh()) {
            return start;
        }
        var model = head.line.model;
        var warmth = site.view().warmth(model.function, place.devices());
        var room = warmth == Warmth.IDLE ? Room.ENOUGH : forecast.room(model, site, place.devices(), now);
        var packed = new Start(head, site, place.devices(), warmth, room);
        return costSeconds(packed) <= costSeconds(start) * PACKED_COST_MAX ? packed : start;
    }
}
