package dev.modulate.router.scheduling;

import dev.modulate.router.placement.DeviceReservation;
import dev.modulate.router.placement.Holding;
import dev.modulate.router.placement.Needs;
import dev.modulate.router.placement.NodeId;
import dev.modulate.router.placement.NodeProfile;
import dev.modulate.router.placement.NodeRule;
import dev.modulate.router.placement.NodeState;
import dev.modulate.router.placement.NodeView;
import dev.modulate.router.placement.Warmth;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.ToDoubleFunction;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Binds each call to a node the moment it comes, by a {@link BindingRule}; to compare with. Executors have no queues, so a
 * bound call waits here, in the queue of its node, and starts when the node has room for the first of that queue. It is
 * bound anew when its node takes no work any more, or is empty and has no room for it. Tenants have no shares, and what is
 * old does not go first.
 */
public final class EarlyBinding implements Scheduler {
    private final BindingRule rule;
    private final RandomGenerator random;
    private final Tenants tenants;
    private final Lines lines;
    private final Sites sites;
    private final Forecast forecast;
    private final Door door;
    private final Executions executions;
    private final Bindings bindings = new Bindings();

    /** Calls that are to be bound. */
    private final Deque<Waiting> unbound = new ArrayDeque<>();

    /** Calls that no node may have now. */
    private final Set<Waiting> homeless = new LinkedHashSet<>();

    /** Nodes that may have room for the first of their queue. */
    private final Set<NodeId> changed = new LinkedHashSet<>();

    private final Ordered ordered = new Ordered();

    /** @param speed of a node's devices: 1 is a device on which functions take their mean time */
    public EarlyBinding(
            WarmQueueRules rules,
            LoadPrior prior,
            ToDoubleFunction<NodeProfile> speed,
            BindingRule rule,
            RandomGenerator random) {
        this.rule = rule;
        this.random = random;
        this.tenants = new Tenants(rules.quantum().toNanos() / 1e9);
        this.lines = new Lines(tenants);
        this.sites = new Sites(speed);
        this.forecast = new Forecast(rules, prior, new Effort());
        this.door = new Door(rules, lines, tenants, sites, forecast);
        this.executions = new Executions(lines, forecast, tenants);
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
    public void arrived(Call call, long now) {
        var entry = lines.arrived(call, now);
        entry.line.model.wanted(now);
        unbound.add(entry);
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
            unbind(entry);
            entry.avoided.add(by);
            lines.back(entry);
            unbound.addFirst(entry);
        }
    }

    @Override
    public void avoidsNone(String callId, long now) {
        var entry = lines.find(callId);
        if (entry != null) {
            entry.avoided.clear();
            if (homeless.remove(entry)) {
                unbound.add(entry);
            }
        }
    }

    @Override
    public void nodeChanged(NodeView node, long now) {
        var site = sites.of(node);
        site.readResidents(lines::model);
        site.refresh();
        if (node.state() == NodeState.ACTIVE) {
            changed.add(node.id());
            bindHomeless();
        } else {
            unbound.addAll(bindings.leave(node.id()));
        }
    }

    @Override
    public void nodeLeft(NodeId id, long now) {
        sites.remove(id);
        unbound.addAll(bindings.leave(id));
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
            changed.add(site.id());
        }
    }

    private void over(Execution execution, long now) {
        executions.over(execution, now);
        changed.add(execution.site.id());
    }

    @Override
    public void loaded(NodeView node, Needs needs, long now) {
        nodeChanged(node, now);
    }

    @Override
    public void look(long now) {
        door.look();
        // Whoever has avoided the last of its nodes asks them again.
        homeless.forEach(entry -> entry.avoided.clear());
        bindHomeless();
        for (var node : bindings.nodes()) {
            var site = sites.find(node);
            var head = bindings.head(node);
            if (site != null && head != null && isStuck(site.view(), head)) {
                bindings.unbind(head);
                head.avoided.add(node);
                unbound.add(head);
            }
            changed.add(node);
        }
        lines.prune();
    }

    /** Nothing that could end there makes room for it. */
    private static boolean isStuck(NodeView node, Waiting head) {
        return node.placedCount() == 0 && node.fit(head.line.needs) == null;
    }

    /** What no node would have may be had now. */
    private void bindHomeless() {
        unbound.addAll(homeless);
        homeless.clear();
    }

    @Override
    public @Nullable Order next(long now) {
        var expired = lines.expired(now);
        if (expired != null) {
            remove(expired);
            return new Order.Expire(expired.call);
        }
        while (!unbound.isEmpty()) {
            bind(unbound.remove(), now);
        }
        while (!changed.isEmpty()) {
            var node = changed.iterator().next();
            var order = start(node, now);
            if (order != null) {
                return order;
            }
            changed.remove(node);
        }
        return null;
    }

    private void bind(Waiting entry, long now) {
        if (lines.find(entry.call.id()) != entry) {
            return;
        }
        var preferred = entry.line.needs.preferred();
        if (!bind(entry, preferred, now) && (preferred.equals(NodeRule.any()) || !bind(entry, NodeRule.any(), now))) {
            homeless.add(entry);
        }
    }

    private boolean bind(Waiting entry, NodeRule among, long now) {
        var prospect = new BoundCall(entry, sites, among, forecast, bindings, now);
        int node = rule.choose(prospect, random);
        if (node == BindingRule.NONE) {
            return false;
        }
        var site = prospect.site(node);
        bindings.bind(entry, site.id(), prospect.slotSeconds(site));
        changed.add(site.id());
        return true;
    }

    private @Nullable Order start(NodeId node, long now) {
        var site = sites.find(node);
        var head = bindings.head(node);
        if (site == null || head == null) {
            return null;
        }
        var devices = site.view().fit(head.line.needs);
        return devices == null ? null : ordered.order(start(head, site, devices, now));
    }

    private Start start(Waiting head, Site site, List<DeviceReservation> devices, long now) {
        var model = head.line.model;
        var warmth = site.view().warmth(model.function, devices);
        var room = warmth == Warmth.IDLE ? Room.ENOUGH : forecast.room(model, site, devices, now);
        return new Start(head, site, devices, warmth, room);
    }

    @Override
    public void placed(Order.Dispatch order, long now) {
        var start = ordered.placed(order);
        lines.take(start.entry());
        unbind(start.entry());
        executions.begin(start, now);
        start.site().refresh();
    }

    private void remove(Waiting entry) {
        lines.remove(entry);
        unbind(entry);
    }

    private void unbind(Waiting entry) {
        bindings.unbind(entry);
        homeless.remove(entry);
    }

    @Override
    public int waiting() {
        return lines.size();
    }

    @Override
    public int position(String callId) {
        var entry = lines.find(callId);
        return entry == null ? 0 : bindings.position(entry);
    }

    @Override
    public double cost(NodeView node, Needs needs, long now) {
        var site = sites.find(node.id());
        var devices = node.fit(needs);
        if (site == null || devices == null) {
            return Double.POSITIVE_INFINITY;
        }
        var model = lines.model(needs.function());
        return forecast.costSeconds(model, site, devices, node.warmth(needs.function(), devices), now)
                + bindings.seconds(node.id());
    }
}
