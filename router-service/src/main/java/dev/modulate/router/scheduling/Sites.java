package dev.modulate.router.scheduling;

import dev.modulate.router.placement.FleetView;
import dev.modulate.router.placement.Needs;
import dev.modulate.router.placement.NodeId;
import dev.modulate.router.placement.NodeProfile;
import dev.modulate.router.placement.NodeView;
import dev.modulate.router.placement.Packing;
import dev.modulate.router.placement.PackingPolicy;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/** All nodes, and those of each kind that have room. */
final class Sites {
    private static final int SHAPES_KEPT_MAX = 10_000;

    /** Nodes that are worked out anew for one decision. */
    private static final int CHANGED_MAX = 8;

    /** The same, whenever a node has reported. */
    private static final int CAUGHT_UP_MAX = 2;

    private final ToDoubleFunction<NodeProfile> speed;
    private final Map<NodeId, Site> sites = new HashMap<>();
    private final Map<SiteKind.Key, SiteKind> kinds = new HashMap<>();
    private final Map<Needs.Shape, List<SiteKind>> kindsOf = new HashMap<>();
    private final FleetView fleet = new FleetView();
    private final PackingPolicy packing = new PackingPolicy();
    private double speedMax;

    Sites(ToDoubleFunction<NodeProfile> speed) {
        this.speed = speed;
    }

    @Nullable
    Site find(NodeId id) {
        return sites.get(id);
    }

    Iterable<Site> all() {
        return sites.values();
    }

    double speedMax() {
        return speedMax;
    }

    /** What is asked for, so that what is packed leaves room for its like. */
    void asked(Needs needs) {
        if (needs.accelerators() != null) {
            packing.arrived(needs);
        }
    }

    /** The node on which it leaves the least fragments, of all that have room and are worked out; null when none has. */
    Packing.@Nullable Place packed(Line line, Set<NodeId> avoided) {
        return packing.place(fleet, line.needs, line.asked, avoided, CHANGED_MAX);
    }

    /** Works out a few of the nodes that have changed. */
    void catchUp() {
        packing.catchUp(fleet, CAUGHT_UP_MAX);
    }

    /** The site of a node; a node that came back with other facts is another site. */
    Site of(NodeView view) {
        var same = sites.get(view.id());
        if (same != null && same.view() == view) {
            return same;
        }
        if (fleet.find(view.id()).filter(seen -> seen == view).isEmpty()) {
            fleet.add(view);
        }
        var key = SiteKind.Key.of(view.profile());
        if (same != null && same.kind == kinds.get(key)) {
            same.view(view);
            return same;
        }
        var kind = kinds.computeIfAbsent(key, fresh -> {
            kindsOf.clear();
            return new SiteKind(view);
        });
        var site = new Site(view, kind, speed.applyAsDouble(view.profile()));
        if (same != null) {
            same.leave();
            site.running.addAll(same.running);
        }
        speedMax = Math.max(speedMax, site.speed());
        sites.put(view.id(), site);
        return site;
    }

    void remove(NodeId id) {
        fleet.remove(id);
        var site = sites.remove(id);
        if (site != null) {
            site.leave();
        }
    }

    /** Whether a node that could run it when empty has a free slot. */
    boolean anyFree(Line line) {
        for (var kind : kindsFor(line)) {
            if (kind.free(line.needs).size() > 0) {
                return true;
            }
        }
        return false;
    }

    /** Kinds of nodes that could run it when empty; labels and rules are looked at node by node. */
    List<SiteKind> kindsFor(Needs needs) {
        return kindsFor(needs, needs.shape());
    }

    /** The same for those who wait, whose shape is kept. */
    List<SiteKind> kindsFor(Line line) {
        return kindsFor(line.needs, line.asked);
    }

    private List<SiteKind> kindsFor(Needs needs, Needs.Shape shape) {
        var known = kindsOf.get(shape);
        if (known != null) {
            return known;
        }
        if (kindsOf.size() >= SHAPES_KEPT_MAX) {
            kindsOf.clear();
        }
        var unselective = needs.unselective();
        var found = new ArrayList<SiteKind>();
        for (var kind : kinds.values()) {
            if (kind.example.couldEverFit(unselective)) {
                found.add(kind);
            }
        }
        kindsOf.put(shape, found);
        return found;
    }
}
