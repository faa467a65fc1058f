package dev.modulate.router.scheduling;

import dev.modulate.router.placement.DeviceReservation;
import dev.modulate.router.placement.Needs;
import dev.modulate.router.placement.Packing;
import dev.modulate.router.placement.Warmth;
import java.util.List;
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
        return start(head, site, devices, now);
    }

    private Start start(Waiting head, Site site, List<DeviceReservation> devices, long now) {
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
    static boolean isPacked(Needs needs) {
        var asked = needs.accelerators();
        return asked != null && (asked.count() > 1 || asked.shareMillis() > 0);
    }

    /** Where it leaves the least fragments; null when that is not known. */
    Packing.@Nullable Place packed(Waiting head) {
        return sites.packed(head.line, head.avoided);
    }

    /** The place that was packed, if it costs no more. */
    Start better(Start start, Packing.Place place, long now) {
        var head = start.entry();
        var site = sites.find(place.node().id());
        if (site == null
                || site.isHeldFrom(head.line)
                || site.contends(place.devices())
                || !site.view().fresh()) {
            return start;
        }
        var packed = start(head, site, place.devices(), now);
        return costSeconds(packed) <= costSeconds(start) * PACKED_COST_MAX ? packed : start;
    }
}
