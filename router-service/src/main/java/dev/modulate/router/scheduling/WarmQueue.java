package dev.modulate.router.scheduling;

import dev.modulate.router.placement.FunctionKey;
import dev.modulate.router.placement.Holding;
import dev.modulate.router.placement.Needs;
import dev.modulate.router.placement.NodeId;
import dev.modulate.router.placement.NodeProfile;
import dev.modulate.router.placement.NodeView;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * Late binding with a warm queue. Calls wait here, one queue for each function version, and are given to a node only
 * when it can start them. A free node takes the oldest call of what is warm on it; a function is loaded on one more node
 * when its queue's expected wait exceeds the price of the load and of what has to go for it. Tenants share by
 * device-seconds, and what has waited too long goes first.
 */
public final class WarmQueue implements Scheduler {
    /** Lines that are noted at each look: so many of the most urgent, and so many in turn. */
    private static final int LOOKED_AT_MAX = 64;

    private final Tenants tenants;
    private final Lines lines;
    private final Sites sites;
    private final Forecast forecast;
    private final Waits waits;
    private final Matcher matcher;
    private final Reservation reservation;
    private final Background background;
    private final Pins pins;
    private final Door door;
    private final Executions executions;
    private final Effort effort = new Effort();
    private final Ordered ordered = new Ordered();
    private final Deque<Site> changedSites = new ArrayDeque<>();
    private final Deque<Line> changedLines = new ArrayDeque<>();

    /** @param speed of a node's devices: 1 is a device on which functions take their mean time */
    public WarmQueue(WarmQueueRules rules, LoadPrior prior, ToDoubleFunction<NodeProfile> speed) {
        this.tenants = new Tenants(rules.quantum().toNanos() / 1e9);
        this.lines = new Lines(tenants);
        this.sites = new Sites(speed);
        this.forecast = new Forecast(rules, prior, effort);
        this.executions = new Executions(lines, forecast, tenants);
        this.waits = new Waits(rules.ageFloor().toNanos() / 1e9);
        var urgencies = new Urgencies(tenants, waits);
        this.matcher = new Matcher(rules, forecast, sites, lines, urgencies, effort);
        this.reservation = new Reservation(lines, sites, forecast, urgencies);
        this.door = new Door(rules, lines, tenants, sites, forecast);
        this.background = new Background(new LoadBudget(rules.backgroundShare()), forecast, sites);
        this.pins = new Pins(rules.pinnedShare(), lines, forecast, sites);
    }

    @Override
    public Admission admit(Needs needs, String tenant, long now) {
        return door.admit(tenant);
    }

    @Override
    public Duration retryAfter() {
        return door.retryAfter();
    }

    @Override
    public void pins(Collection<Pin> wanted) {
        pins.set(wanted);
    }

    @Override
    public Map<FunctionKey, Integer> kept(NodeId node) {
        return pins.on(node);
    }

    @Override
    public @Nullable PinStanding standing(FunctionKey function) {
        return pins.standing(function);
    }

    @Override
    public @Nullable HeldNode held() {
        return reservation.held();
    }

    @Override
    public void arrived(Call call, long now) {
        var entry = lines.arrived(call, now);
        entry.line.model.wanted(now);
        matcher.prepare(entry.line, now);
        sites.asked(call.needs());
        note(entry.line);
    }

    @Override
    public void cancelled(String callId, long now) {
        var entry = lines.find(callId);
        if (entry != null) {
            remove(entry);
        }
        var execution = executions.find(callId);
        if (execution != null) {
            over(execution, now);
        }
    }

    @Override
    public void turnedDown(String callId, NodeId by, long now) {
        var entry = lines.known(callId);
        var execution = executions.find(callId);
        if (execution != null) {
            over(execution, now);
        }
        if (entry != null) {
            entry.avoided.add(by);
            lines.back(entry);
            note(entry.line);
        }
    }

    @Override
    public void avoidsNone(String callId, long now) {
        var entry = lines.find(callId);
        if (entry != null) {
            entry.avoided.clear();
            note(entry.line);
        }
    }

    @Override
    public void nodeChanged(NodeView node, long now) {
        var site = sites.of(node);
        site.readResidents(lines::model);
        site.refresh();
        note(site);
        // Nobody waits for this now, so it is worked out here rather than when a call is to be placed.
        matcher.prepare(site, now);
        sites.catchUp();
    }

    @Override
    public void nodeLeft(NodeId id, long now) {
        sites.remove(id);
    }

    @Override
    public void restated(String callId, Holding holding, NodeId node, long now) {
        var site = sites.find(node);
        if (site != null) {
            executions.restated(callId, holding, lines.model(holding.function()), site, now);
        }
    }

    @Override
    public void started(String callId, long now) {
        executions.started(callId, now);
    }

    @Override
    public void ended(String callId, long now) {
        var site = executions.ended(callId, now);
        if (site != null) {
            note(site);
        }
    }

    private void over(Execution execution, long now) {
        executions.over(execution, now);
        note(execution.site);
    }

    @Override
    public void loaded(NodeView node, Needs needs, long now) {
        var loading = loadEnded(node, needs);
        if (loading != null && node.residency(needs.function()).isPresent()) {
            loading.model().loadFailures.succeeded();
            sites.of(node).loadRefusals.succeeded();
            loading.model().loaded(loading.from(), (now - loading.begunAt()) / 1e9);
        }
        nodeChanged(node, now);
    }

    @Override
    public void loadFailed(NodeView node, Needs needs, long now) {
        loadEnded(node, needs);
        lines.model(needs.function()).loadFailures.failed(now);
        nodeChanged(node, now);
    }

    @Override
    public void loadRefused(NodeView node, Needs needs, long now) {
        var loading = loadEnded(node, needs);
        var site = sites.find(node.id());
        if (site != null && loading != null) {
            background.refused(loading);
            site.loadRefusals.failed(now);
        }
        nodeChanged(node, now);
    }

    private @Nullable Loading loadEnded(NodeView node, Needs needs) {
        var site = sites.find(node.id());
        return site == null ? null : site.endLoad(needs.function());
    }

    @Override
    public void look(long now) {
        double slots = 0;
        double running = 0;
        for (var site : sites.all()) {
            slots += site.slots();
            running += site.slots() * site.view().busyShare();
        }
        forecast.busy(slots == 0 ? 0 : Math.min(1, running / slots), now);
        background.accrue(now, slots);
        door.look();
        pins.look(now);
        for (var line : lines.turn(Double.NEGATIVE_INFINITY, now).next(LOOKED_AT_MAX)) {
            matcher.prepare(line, now);
            note(line);
        }
        // These may be waiting for what is not there.
        lines.inTurn(LOOKED_AT_MAX).forEach(this::note);
        lines.prune();
        noteIfAny(reservation.lapsed(now));
        noteIfAny(reservation.claimed(now));
    }

    @Override
    public @Nullable Order next(long now) {
        var expired = lines.expired(now);
        if (expired != null) {
            remove(expired);
            return new Order.Expire(expired.call);
        }
        effort.begin();
        while (!changedSites.isEmpty()) {
            if (effort.isEnough()) {
                return Order.AskAgain.NOW;
            }
            var start = matcher.forSite(changedSites.peek(), now);
            if (start != null) {
                return ordered.order(start);
            }
            if (matcher.isSiteUnderway()) {
                return Order.AskAgain.NOW;
            }
            changedSites.remove().noted = false;
        }
        while (!changedLines.isEmpty()) {
            if (effort.isEnough()) {
                return Order.AskAgain.NOW;
            }
            var line = changedLines.peek();
            var start = matcher.forLine(line, now);
            if (start != null) {
                return ordered.order(start);
            }
            if (matcher.isLineUnderway()) {
                return Order.AskAgain.NOW;
            }
            changedLines.remove().noted = false;
            var load = background.loadFor(line, now);
            if (load != null) {
                return load;
            }
        }
        return pins.next(now);
    }

    @Override
    public void placed(Order.Dispatch order, long now) {
        var start = ordered.placed(order);
        var entry = start.entry();
        lines.take(entry);
        noteIfAny(reservation.gone(entry));
        waits.waited(entry.waitedSeconds(now));
        executions.begin(start, now);
        start.site().refresh();
    }

    /** It waits no more. */
    private void remove(Waiting entry) {
        lines.remove(entry);
        noteIfAny(reservation.gone(entry));
    }

    private void noteIfAny(@Nullable Site site) {
        if (site != null) {
            note(site);
        }
    }

    private void note(Site site) {
        if (!site.noted) {
            site.noted = true;
            changedSites.add(site);
        }
    }

    private void note(Line line) {
        if (!line.noted) {
            line.noted = true;
            changedLines.add(line);
        }
    }

    /** What the last answer took. */
    Effort effort() {
        return effort;
    }

    @Override
    public int waiting() {
        return lines.size();
    }

    @Override
    public int position(String callId) {
        var entry = lines.find(callId);
        return entry == null ? 0 : entry.line.position(entry);
    }

    @Override
    public double cost(NodeView node, Needs needs, long now) {
        var site = sites.find(node.id());
        var devices = node.fit(needs);
        if (site == null || devices == null) {
            return Double.POSITIVE_INFINITY;
        }
        var model = lines.model(needs.function());
        model.needs(needs);
        return forecast.costSeconds(model, site, devices, node.warmth(needs.function(), devices), now)
                + ColdStarts.dislikeSeconds(needs, site);
    }
}
