package dev.modulate.router.scheduling;

import dev.modulate.router.placement.DeviceReservation;
import dev.modulate.router.placement.Warmth;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Loads that no call is bound to: on a node that is busy and has room beside what runs, while a queue waits. */
final class Background {
    /** Busy nodes looked at for one load. */
    private static final int SEEN_MAX = 64;

    private final LoadBudget budget;
    private final Forecast forecast;
    private final Sites sites;

    Background(LoadBudget budget, Forecast forecast, Sites sites) {
        this.budget = budget;
        this.forecast = forecast;
        this.sites = sites;
    }

    private record Choice(Site site, List<DeviceReservation> devices, Warmth warmth, double loadSeconds) {}

    void accrue(long now, double slots) {
        budget.accrue(now, slots);
    }

    /** The node did not load it after all. */
    void refused(Loading loading) {
        budget.giveBack(loading.spentSeconds());
    }

    /** Null when waiting is cheaper, nothing has room, or the budget is used up. */
    Order.@Nullable Load loadFor(Line line, long now) {
        var model = line.model;
        if (!budget.isOpen() || model.deviceBytes() == 0 || line.needs.deviceCount() != 1) {
            return null;
        }
        var head = line.head(now, Double.POSITIVE_INFINITY);
        if (head == null || !model.loadFailures.over(now)) {
            return null;
        }
        if (!budget.allows(forecast.loadSeconds(model, Warmth.RESIDENT))) {
            return null;
        }
        var choice = soonest(line, now);
        if (choice == null) {
            return null;
        }
        budget.spend(choice.loadSeconds);
        var site = choice.site;
        var victims = forecast.victims(model, site, choice.devices, now);
        long until = now + (long) (choice.loadSeconds * 1e9);
        site.beginLoad(new Loading(model, choice.devices, choice.warmth, now, until, choice.loadSeconds));
        return new Order.Load(line.needs, head.call, site.view(), choice.devices, victims);
    }

    private @Nullable Choice soonest(Line line, long now) {
        double limit = forecast.waitSeconds(line, now);
        if (limit <= forecast.loadSeconds(line.model, Warmth.RESIDENT)) {
            return null;
        }
        Choice best = null;
        int budgetLeft = SEEN_MAX;
        for (var kind : sites.kindsFor(line)) {
            int size = kind.all.size();
            for (int i = 0; i < size && budgetLeft > 0; i++, budgetLeft--) {
                var site = kind.all.get(kind.next(size));
                var devices = roomBeside(site, line, now);
                if (devices == null) {
                    continue;
                }
                var warmth = site.view().warmth(line.model.function, devices);
                double load = forecast.loadSeconds(line.model, warmth);
                double free = Math.max(load, site.firstFreeSeconds(forecast, now));
                double cost =
                        free + forecast.aheadSeconds(site) + forecast.priceSeconds(line.model, site, devices, now);
                if (cost < limit && budget.allows(load)) {
                    limit = cost;
                    best = new Choice(site, devices, warmth, load);
                }
            }
        }
        return best;
    }

    /** Null when it does not fit beside what runs there, or is there. */
    private static @Nullable List<DeviceReservation> roomBeside(Site site, Line line, long now) {
        if (site.isHeldFrom(line)
                || !site.loadRefusals.over(now)
                || !site.view().fresh()
                || site.running.isEmpty()
                || site.slots() == 0) {
            return null;
        }
        var devices = site.view().fitBeside(line.needs);
        if (devices == null || site.contends(devices)) {
            return null;
        }
        var resident = site.resident(line.model);
        return resident != null && devices.stream().anyMatch(part -> resident.on(part.device())) ? null : devices;
    }
}
