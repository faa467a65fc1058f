package dev.modulate.router.scheduling;

import dev.modulate.router.placement.DeviceReservation;
import dev.modulate.router.placement.NodeRule;
import java.util.ArrayList;
import java.util.List;

/** What one call that is about to be bound sees of the router's nodes: those that take work, by kind. */
final class BoundCall implements Prospect {
    private final Waiting entry;
    private final List<SiteKind> kinds;
    private final NodeRule among;
    private final Forecast forecast;
    private final Bindings bindings;
    private final long now;

    /** @param among nodes that are considered */
    BoundCall(Waiting entry, Sites sites, NodeRule among, Forecast forecast, Bindings bindings, long now) {
        this.entry = entry;
        this.kinds = sites.kindsFor(entry.line.needs);
        this.among = among;
        this.forecast = forecast;
        this.bindings = bindings;
        this.now = now;
    }

    Site site(int node) {
        int left = node;
        for (var kind : kinds) {
            if (left < kind.all.size()) {
                return kind.all.get(left);
            }
            left -= kind.all.size();
        }
        throw new IllegalArgumentException("node: " + node + " (expected: below " + nodes() + ")");
    }

    @Override
    public int nodes() {
        int count = 0;
        for (var kind : kinds) {
            count += kind.all.size();
        }
        return count;
    }

    @Override
    public boolean fits(int node) {
        var site = site(node);
        var profile = site.view().profile();
        return !entry.avoids(site.id()) && entry.line.needs.allows(profile) && among.allows(profile);
    }

    @Override
    public int count(int node) {
        var site = site(node);
        return site.running.size() + bindings.count(site.id());
    }

    @Override
    public int slots(int node) {
        return site(node).slots();
    }

    @Override
    public double speed(int node) {
        return site(node).speed();
    }

    @Override
    public double backlogSeconds(int node) {
        return backlogSeconds(site(node));
    }

    double backlogSeconds(Site site) {
        if (startsAtOnce(site)) {
            return 0;
        }
        double seconds = bindings.seconds(site.id());
        for (var execution : site.running) {
            seconds += forecast.remainingSeconds(execution, now);
        }
        return seconds / Math.max(1, site.slots());
    }

    private boolean startsAtOnce(Site site) {
        return bindings.count(site.id()) == 0 && site.view().fit(entry.line.needs) != null;
    }

    @Override
    public double loadSeconds(int node) {
        return loadSeconds(site(node));
    }

    /** What runs or waits there leaves its function loaded for whoever comes after it. */
    double loadSeconds(Site site) {
        var model = entry.line.model;
        var devices = site.view().fit(entry.line.needs);
        if (devices == null || bindings.count(site.id()) > 0) {
            return site.resident(model) != null || bindings.has(site.id(), model)
                    ? 0
                    : forecast.loadSeconds(model, site.view().warmth(model.function, List.of()));
        }
        return forecast.loadSeconds(model, site.view().warmth(model.function, devices));
    }

    @Override
    public double evictionSeconds(int node) {
        var site = site(node);
        return forecast.evictionSeconds(entry.line.model, site, devices(site), now);
    }

    /** Those it would get now, or the first ones of a node that has no room now. */
    private List<DeviceReservation> devices(Site site) {
        var fit = site.view().fit(entry.line.needs);
        if (fit != null) {
            return fit;
        }
        var first = new ArrayList<DeviceReservation>();
        for (var device : site.view().devices()) {
            if (first.size() < entry.line.needs.deviceCount()) {
                first.add(new DeviceReservation(device.profile().id(), 0));
            }
        }
        return first;
    }

    @Override
    public double runSeconds(int node) {
        return forecast.runSeconds(entry.line.model, site(node));
    }

    @Override
    public List<Integer> warm() {
        var warm = new ArrayList<Integer>();
        for (int node = 0; node < nodes(); node++) {
            if (site(node).resident(entry.line.model) != null) {
                warm.add(node);
            }
        }
        return warm;
    }

    @Override
    public long hash(int node) {
        return BindingRule.hash(
                entry.line.model.function.value().hashCode(),
                site(node).id().value().hashCode());
    }

    /** How long it is expected to keep a slot there. */
    double slotSeconds(Site site) {
        return loadSeconds(site) + forecast.runSeconds(entry.line.model, site);
    }
}
