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

    private record Choice(Site site, List<DeviceReservation> devices, double loadSeconds) {}

    void accrue(long now, double slots) {
        budget.accrue(now, slots);
    }

    /** Null when waiting is cheaper, nothing has room, or the budget is used up. */
    Order.@Nullable Load loadFor(Line line, long now) {
        var model = line.model;
        if (line.isEmpty() || model.deviceBytes() == 0 || line.needs.deviceCount() != 1) {
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
        var victims = Forecast.victims(model, site, choice.devices);
        site.beginLoad(model, now + (long) (choice.loadSeconds * 1e9));
        return new Order.Load(line.needs, site.view(), choice.devices, victims);
    }

    private @Nullable Choice soonest(Line line, long now) {
        double limit = forecast.waitSeconds(line, now);
        Choice best = null;
        int budgetLeft = SEEN_MAX;
        for (var kind : sites.kindsFor(line.needs)) {
            int size = kind.all.size();
            for (int i = 0; i < size && budgetLeft > 0; i++, budgetLeft--) {
                kind.cursor = kind.cursor + 1 < size ? kind.cursor + 1 : 0;
                var site = kind.all.get(kind.cursor);
                var devices = roomBeside(site, line);
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
                    best = new Choice(site, devices, load);
                }
            }
        }
        return best;
    }

    /** Null when it does not fit beside what runs there, or is there. */
    private static @Nullable List<DeviceReservation> roomBeside(Site site, Line line) {
        if (site.loading != null
                || !site.view().fresh()
                || site.running.isEmpty()
                || site.slots() == 0
                || site.resident(line.model) != null) {
            return null;
        }
        for (var device : site.view().devices()) {
            if (device.healthy() && device.memoryFreeBytes() >= line.model.deviceBytes()) {
                return List.of(new DeviceReservation(device.profile().id(), line.model.deviceBytes()));
            }
        }
        return null;
    }
}
