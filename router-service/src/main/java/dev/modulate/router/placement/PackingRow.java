package dev.modulate.router.placement;

import java.util.Arrays;
import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * What was worked out for one shape: costs of the nodes of its pool, each at a version of the node, and the few that cost least in
 * order, so that a decision need not look at all. Of equal costs the first in the pool is before the others.
 */
final class PackingRow {
    /** Nodes that are kept in order. */
    static final int FRONT_MAX = 16;

    /** Nodes looked at for changes at a time. */
    private static final int LAP_SEEN_MAX = 128;

    private final List<NodeView> pool;
    private final FleetVersions fleet;
    private final double[] costs;
    private final int[] versions;
    private final int[] models;

    /** Places of the nodes in the fleet, and the way back; -1 for nodes of other pools. */
    private final int[] places;

    private final int[] indexes;

    /** The least costs, the least first. Every node that is not among them costs as much as the bound or more. */
    private final int[] front = new int[FRONT_MAX];

    private int frontSize;
    private double boundCost = Double.NEGATIVE_INFINITY;
    private int boundIndex = -1;

    /** Changes of the fleet that are taken over. */
    private long seen;

    /** Nodes that have to be looked at, since not every change is remembered; where that goes on. */
    private int lapLeft;

    private int cursor;

    PackingRow(List<NodeView> pool, FleetVersions fleet, int[] models) {
        this.pool = pool;
        this.fleet = fleet;
        this.models = models;
        costs = new double[pool.size()];
        versions = new int[pool.size()];
        Arrays.fill(versions, -1);
        places = pool.stream().mapToInt(fleet::place).toArray();
        indexes = new int[fleet.size()];
        Arrays.fill(indexes, -1);
        for (int i = 0; i < places.length; i++) {
            indexes[places[i]] = i;
        }
        seen = fleet.changes();
        lapLeft = costs.length;
    }

    List<NodeView> pool() {
        return pool;
    }

    int size() {
        return costs.length;
    }

    double cost(int index) {
        return costs[index];
    }

    int model(int index) {
        return models[index];
    }

    boolean isOld(int index) {
        return versions[index] != fleet.version(places[index]);
    }

    void renew(int index, double cost) {
        versions[index] = fleet.version(places[index]);
        costs[index] = cost;
        order(index);
    }

    /**
     * Takes over what has changed.
     *
     * @param most nodes that are worked out anew
     */
    void catchUp(int most, ToDoubleFunction<NodeView> costOf) {
        if (fleet.changes() - seen > FleetVersions.REMEMBERED) {
            seen = fleet.changes();
            lapLeft = costs.length;
        }
        int left = most;
        while (seen < fleet.changes() && left > 0) {
            int index = indexes[fleet.changed(seen++)];
            if (index >= 0 && isOld(index)) {
                renew(index, costOf.applyAsDouble(pool.get(index)));
                left--;
            }
        }
        for (int i = Math.min(LAP_SEEN_MAX, lapLeft); i > 0 && left > 0; i--, lapLeft--) {
            cursor = cursor + 1 < costs.length ? cursor + 1 : 0;
            if (isOld(cursor)) {
                renew(cursor, costOf.applyAsDouble(pool.get(cursor)));
                left--;
            }
        }
    }

    /** Of the nodes that are as they were worked out the one that costs least; -1 when none of those in order is. */
    int least() {
        int least = firstInOrder();
        if (least < 0 && boundCost < Double.POSITIVE_INFINITY) {
            sort();
            least = firstInOrder();
        }
        return least;
    }

    private int firstInOrder() {
        for (int i = 0; i < frontSize; i++) {
            if (!isOld(front[i])) {
                return front[i];
            }
        }
        return -1;
    }

    private void sort() {
        frontSize = 0;
        boundCost = Double.POSITIVE_INFINITY;
        boundIndex = -1;
        for (int i = 0; i < costs.length; i++) {
            if (versions[i] >= 0) {
                insert(i);
            }
        }
    }

    private void order(int index) {
        for (int i = 0; i < frontSize; i++) {
            if (front[i] == index) {
                frontSize--;
                System.arraycopy(front, i + 1, front, i, frontSize - i);
                break;
            }
        }
        insert(index);
    }

    private void insert(int index) {
        double cost = costs[index];
        if (cost == Double.POSITIVE_INFINITY || !isBefore(cost, index, boundCost, boundIndex)) {
            return;
        }
        if (frontSize == FRONT_MAX) {
            int last = front[FRONT_MAX - 1];
            if (!isBefore(cost, index, costs[last], last)) {
                bound(index);
                return;
            }
            bound(last);
            frontSize--;
        }
        int at = frontSize++;
        while (at > 0 && isBefore(cost, index, costs[front[at - 1]], front[at - 1])) {
            front[at] = front[at - 1];
            at--;
        }
        front[at] = index;
    }

    private void bound(int index) {
        boundCost = costs[index];
        boundIndex = index;
    }

    private static boolean isBefore(double cost, int index, double otherCost, int other) {
        return cost < otherCost || (cost == otherCost && index < other);
    }
}
