package dev.modulate.router.scheduling;

import dev.modulate.router.placement.DeviceReservation;
import dev.modulate.router.placement.FunctionKey;
import dev.modulate.router.placement.NodeId;
import dev.modulate.router.placement.Warmth;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Functions of which copies stay loaded, up to a quota of the cell: which copies those are, and which have to be loaded
 * first. The copies are chosen anew with each look, those that were chosen before first; who has a smaller key has the quota
 * first.
 */
final class Pins {
    /** A copy may be missing for so long before another is loaded: its node may come back. */
    private static final double PATIENCE_SECONDS = 3;

    /** Nodes looked at for one load, unless few may be right. */
    private static final int SEEN_MAX = 64;

    private final double share;
    private final Lines lines;
    private final Forecast forecast;
    private final Sites sites;
    private final Map<FunctionKey, Kept> all = new TreeMap<>(Comparator.comparing(FunctionKey::value));
    private final Map<NodeId, Map<FunctionKey, Integer>> byNode = new HashMap<>();

    /** Whether something may have to be loaded since the last look. */
    private boolean due;

    private record Choice(
            Site site, List<DeviceReservation> devices, Warmth warmth, int copiesThere, double priceSeconds) {
        boolean beats(@Nullable Choice other) {
            return other == null
                    || copiesThere < other.copiesThere
                    || (copiesThere == other.copiesThere && priceSeconds < other.priceSeconds);
        }
    }

    /** @param share of the device memory of the cell that kept copies may take */
    Pins(double share, Lines lines, Forecast forecast, Sites sites) {
        this.share = share;
        this.lines = lines;
        this.forecast = forecast;
        this.sites = sites;
    }

    /** These instead of those before. */
    void set(Collection<Pin> pins) {
        var gone = new HashMap<>(all);
        for (var pin : pins) {
            var model = lines.model(pin.needs().function());
            model.needs(pin.needs());
            model.pinned = true;
            var known = gone.remove(pin.needs().function());
            if (known == null) {
                all.put(pin.needs().function(), new Kept(model, pin));
            } else {
                known.pin = pin;
            }
        }
        gone.forEach((function, kept) -> {
            all.remove(function);
            kept.model.pinned = false;
            copies(kept).forEach(resident -> resident.keep(0));
        });
        choose();
    }

    void look(long now) {
        if (all.isEmpty()) {
            byNode.clear();
            return;
        }
        choose();
        all.values().forEach(kept -> kept.noteMissing(now));
        due = true;
    }

    /** How many instances of which functions stay on a node. */
    Map<FunctionKey, Integer> on(NodeId node) {
        return byNode.getOrDefault(node, Map.of());
    }

    @Nullable
    PinStanding standing(FunctionKey function) {
        var kept = all.get(function);
        return kept == null ? null : new PinStanding(kept.pin.copies(), kept.up, kept.loading, kept.missing);
    }

    /** The next copy to load; null when none is missing, or nothing can be done. */
    Order.@Nullable Load next(long now) {
        if (!due) {
            return null;
        }
        var quota = choose();
        for (var kept : all.values()) {
            var load = kept.lacks() == 0 ? null : load(kept, quota, now);
            if (load != null) {
                return load;
            }
        }
        due = false;
        return null;
    }

    /** Answers what is left of the quota. */
    private PinQuota choose() {
        byNode.clear();
        var quota = new PinQuota(sites.all(), share);
        for (var kept : all.values()) {
            kept.up = 0;
            kept.loading = 0;
            for (var resident : copies(kept)) {
                int wanted = Math.min(resident.copies(), kept.pin.copies() - kept.up);
                resident.keep(quota.take(kept, wanted));
                kept.up += resident.keptCount();
                if (resident.keptCount() > 0) {
                    byNode.computeIfAbsent(resident.site.id(), id -> new HashMap<>())
                            .put(kept.model.function, resident.keptCount());
                }
            }
            for (var resident : copies(kept)) {
                kept.loading += quota.take(kept, resident.site.loadsToKeep(kept.model));
            }
        }
        return quota;
    }

    /** Those that stay already first. */
    private static List<Resident> copies(Kept kept) {
        var replicas = kept.model.replicas;
        var found = new ArrayList<Resident>(replicas.size());
        for (int i = 0; i < replicas.size(); i++) {
            found.add(replicas.get(i));
        }
        found.sort(Comparator.<Resident>comparingInt(resident -> -resident.keptCount())
                .thenComparing(resident -> resident.site.id()));
        return found;
    }

    private Order.@Nullable Load load(Kept kept, PinQuota quota, long now) {
        if (!quota.allows(kept)) {
            kept.missing = quota.words(kept);
            return null;
        }
        if (!kept.model.loadFailures.over(now)) {
            kept.missing =
                    "its load failed; tried again in %.0f s".formatted(kept.model.loadFailures.remainingSeconds(now));
            return null;
        }
        if (kept.missingSeconds(now) < PATIENCE_SECONDS) {
            kept.missing = "it is about to be loaded";
            return null;
        }
        var choice = best(kept, now);
        if (choice == null) {
            kept.missing = "no node has room for one more copy beside what runs and what is kept";
            return null;
        }
        kept.missing = "";
        var site = choice.site;
        var victims = forecast.victims(kept.model, site, choice.devices, now);
        double seconds = forecast.loadSeconds(kept.model, choice.warmth);
        site.beginLoad(new Loading(kept.model, choice.devices, choice.warmth, now, now + (long) (seconds * 1e9), 0));
        return new Order.Load(kept.pin.needs(), null, site.view(), choice.devices, victims);
    }

    private @Nullable Choice best(Kept kept, long now) {
        var needs = kept.pin.needs();
        Choice best = null;
        int budget = needs.selective() ? Integer.MAX_VALUE : SEEN_MAX;
        for (var kind : sites.kindsFor(needs)) {
            int size = kind.all.size();
            for (int i = 0; i < size && budget > 0; i++, budget--) {
                var choice = on(kind.all.get(kind.next(size)), kept, now);
                if (choice != null && choice.beats(best)) {
                    best = choice;
                }
            }
        }
        return best;
    }

    private @Nullable Choice on(Site site, Kept kept, long now) {
        if (!site.view().fresh() || !site.loadRefusals.over(now)) {
            return null;
        }
        var devices = site.view().fitBeside(kept.pin.needs());
        if (devices == null || site.contends(devices)) {
            return null;
        }
        double price = forecast.priceSeconds(kept.model, site, devices, now);
        if (price == Double.POSITIVE_INFINITY) {
            return null;
        }
        var resident = site.resident(kept.model);
        int there = (resident == null ? 0 : resident.copies()) + site.loadsToKeep(kept.model);
        var warmth = site.view().warmth(kept.model.function, devices);
        return new Choice(site, devices, warmth == Warmth.IDLE ? Warmth.RESIDENT : warmth, there, price);
    }
}
