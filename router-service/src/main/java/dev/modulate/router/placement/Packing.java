package dev.modulate.router.placement;

import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Places executions so that what stays idle is of most use to those that typically follow. One cost in thousandths of a
 * device, lower is better:
 *
 * <ol>
 *   <li>by how much the {@linkplain Fragments fragments} of the node grow;
 *   <li>a little for what would be left on it, so that of equal nodes the fullest is taken;
 *   <li>for executions with devices, how {@linkplain Scarcity scarce} the node's model is for those who name it, in steps of 5 %.
 * </ol>
 *
 * <p>Of equal costs the first name wins, so that the same view gives the same answer.
 *
 * <p>Inside a node a share goes to the device where the fragments grow least. Costs are kept in a table of shapes by nodes, and worked out
 * anew only for nodes that have changed; every node is looked at for every decision, since a sample of them would
 * fill the fleet with fragments.
 *
 * <p>Not thread-safe: owned by whoever owns the {@link FleetView}.
 */
public final class Packing {
    private static final int SHAPES_MAX = 512;

    /** Thousandths of a device that it costs to take from a model that is 5 % scarcer than another. */
    private static final double SCARCITY_STEP_COST = 100;

    private static final int[] NOT_SCARCE = {};

    /** Thousandths of a device that an empty node costs more than one that would be full. */
    private static final double LEFT_COST = 50;

    private final IdentityHashMap<NodeView, Standing> standings = new IdentityHashMap<>();
    private final Map<Needs.Shape, PackingRow> rows = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Needs.Shape, PackingRow> eldest) {
            return size() > SHAPES_MAX;
        }
    };
    private @Nullable Placed lastPlaced;
    private Demand demand = Demand.UNKNOWN;
    private Fragments fragments = new Fragments(demand);
    private Fleet fleet = Fleet.NONE;

    private record Placed(Needs needs, PackingRow row) {}

    /** How a node stands at one of its versions. */
    private static final class Standing {
        private final int version;
        private final int[] idle;
        private final int total;
        private final Fragments.Sizes sizes;
        private final double fragments;

        private Standing(int version, int[] idle, Fragments.Sizes sizes, double fragments) {
            this.version = version;
            this.idle = idle;
            this.total = Arrays.stream(idle).sum();
            this.sizes = sizes;
            this.fragments = fragments;
        }
    }

    /** What costs depend on beside the node. */
    private record Fleet(
            @Nullable FleetView view,
            int version,
            Scarcity scarcity,
            double cpuMillisMax,
            double devicesMax,
            FleetVersions versions) {
        private static final Fleet NONE =
                new Fleet(null, 0, new Scarcity(List.of(), Demand.UNKNOWN), 1, 1, new FleetVersions(List.of()));

        static Fleet of(FleetView view, Demand demand) {
            double cpu = 1;
            double devices = 1;
            for (var node : view.nodes()) {
                cpu = Math.max(cpu, node.profile().cpuMillis());
                devices = Math.max(devices, node.devices().size());
            }
            return new Fleet(
                    view,
                    view.version(),
                    new Scarcity(view.nodes(), demand),
                    cpu,
                    devices,
                    new FleetVersions(view.nodes()));
        }
    }

    /** What is typically asked for from now on. Costs all that was worked out: call it when the demand has moved, not with each arrival. */
    public void expect(Demand next) {
        demand = next;
        fragments = new Fragments(next);
        fleet = Fleet.NONE;
    }

    /** What it packs for. */
    public Demand demand() {
        return demand;
    }

    /** Where an execution goes. */
    public record Place(NodeView node, List<DeviceReservation> devices) {
        public Place {
            devices = List.copyOf(devices);
        }
    }

    /**
     * Null when no node has room.
     *
     * @param avoided nodes that have just turned this execution down
     */
    public @Nullable Place place(FleetView view, Needs needs, Set<NodeId> avoided) {
        return place(view, needs, needs.shape(), avoided, Integer.MAX_VALUE);
    }

    /**
     * The same in bounded time: nodes that have changed since they were last looked at are left out beyond a number.
     * {@link #catchUp} works them out meanwhile.
     *
     * @param shape of the needs: who asks often keeps it
     * @param changedMax nodes that are worked out anew
     */
    public @Nullable Place place(FleetView view, Needs needs, Needs.Shape shape, Set<NodeId> avoided, int changedMax) {
        look(view);
        var row = rows.computeIfAbsent(shape, fresh -> row(view.pool(needs.pool())));
        lastPlaced = new Placed(needs, row);
        var best = best(row, needs, avoided, changedMax);
        if (best == null) {
            return null;
        }
        var devices = fit(best, needs);
        if (devices == null) {
            throw new IllegalStateException(best.id() + " took " + needs + " and does not: its version is wrong");
        }
        return new Place(best, devices);
    }

    /** Works out what has changed for the shape that was placed last, so that less is to do when one of its kind comes. */
    public void catchUp(FleetView view, int changedMax) {
        var last = lastPlaced;
        if (last == null || fleet.view() != view || fleet.version() != view.version()) {
            return;
        }
        last.row.catchUp(changedMax, node -> packed(node, last.needs));
    }

    private PackingRow row(List<NodeView> pool) {
        var models = pool.stream().mapToInt(fleet.scarcity()::model).toArray();
        return new PackingRow(pool, fleet.versions(), models);
    }

    private void look(FleetView view) {
        if (fleet.view() != view || fleet.version() != view.version()) {
            fleet = Fleet.of(view, demand);
            rows.clear();
            standings.clear();
            lastPlaced = null;
        }
    }

    private @Nullable NodeView best(PackingRow row, Needs needs, Set<NodeId> avoided, int changedMax) {
        int[] scarce =
                needs.accelerators() == null ? NOT_SCARCE : fleet.scarcity().steps();
        if (changedMax < Integer.MAX_VALUE && avoided.isEmpty() && !isAnyNonzero(scarce)) {
            row.catchUp(changedMax, node -> packed(node, needs));
            int least = row.least();
            return least < 0 ? null : row.pool().get(least);
        }
        return bestOfAll(row, needs, avoided, changedMax, scarce);
    }

    private static boolean isAnyNonzero(int[] steps) {
        for (int step : steps) {
            if (step != 0) {
                return true;
            }
        }
        return false;
    }

    private @Nullable NodeView bestOfAll(
            PackingRow row, Needs needs, Set<NodeId> avoided, int changedMax, int[] scarce) {
        int best = -1;
        int changed = 0;
        double bestCost = Double.POSITIVE_INFINITY;
        for (int i = 0; i < row.size(); i++) {
            if (row.isOld(i)) {
                if (changed++ >= changedMax) {
                    continue;
                }
                row.renew(i, packed(row.pool().get(i), needs));
            }
            int model = row.model(i);
            double cost = row.cost(i) + (model < 0 || scarce.length == 0 ? 0 : scarce[model] * SCARCITY_STEP_COST);
            if (cost < bestCost
                    && (avoided.isEmpty() || !avoided.contains(row.pool().get(i).id()))) {
                best = i;
                bestCost = cost;
            }
        }
        return best < 0 ? null : row.pool().get(best);
    }

    /** Lower is better; infinite when it does not fit now. */
    private double packed(NodeView node, Needs needs) {
        var fit = fit(node, needs);
        if (fit == null) {
            return Double.POSITIVE_INFINITY;
        }
        var now = standing(node);
        var idle = now.idle.clone();
        int left = now.total - take(node, idle, fit, needs);
        double cpuLeft = (double) (node.cpuFreeMillis() - needs.cpuMillis());
        double growth = fragments.of(idle, cpuLeft, now.sizes) - now.fragments;
        double remainder = (cpuLeft / fleet.cpuMillisMax() + left / (DeviceReservation.WHOLE * fleet.devicesMax())) / 2;
        return growth + LEFT_COST * remainder;
    }

    /** Takes the parts off what is idle; how much that was. */
    private static int take(NodeView node, int[] idle, List<DeviceReservation> parts, Needs needs) {
        if (parts.isEmpty()) {
            return 0;
        }
        var shape = Demand.Shape.of(needs);
        var devices = node.devices();
        int taken = 0;
        int part = 0;
        for (int i = 0; i < idle.length && part < parts.size(); i++) {
            var profile = devices.get(i).profile();
            if (parts.get(part).device().equals(profile.id())) {
                int here = Math.min(idle[i], shape.millisOf(profile));
                idle[i] -= here;
                taken += here;
                part++;
            }
        }
        return taken;
    }

    private @Nullable List<DeviceReservation> fit(NodeView node, Needs needs) {
        var accelerators = needs.accelerators();
        if (accelerators == null || accelerators.whole() || accelerators.count() > 1) {
            return node.fit(needs);
        }
        var now = standing(node);
        return node.fit(needs, new ShareRank(fragments, now.idle, now.sizes, node, needs));
    }

    private Standing standing(NodeView node) {
        var known = standings.get(node);
        if (known != null && known.version == node.version()) {
            return known;
        }
        int[] idle = Fragments.idle(node);
        var sizes = known == null ? fragments.sizes(node) : known.sizes;
        var standing =
                new Standing(node.version(), idle, sizes, fragments.of(idle, (double) node.cpuFreeMillis(), sizes));
        standings.put(node, standing);
        return standing;
    }
}
