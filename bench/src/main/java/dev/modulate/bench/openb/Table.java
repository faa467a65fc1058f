package dev.modulate.bench.openb;

import dev.modulate.router.placement.FleetView;
import dev.modulate.router.placement.Needs;
import dev.modulate.router.placement.NodeView;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleBiFunction;

/** Scores of nodes for shapes, worked out anew where a node has changed, so that baselines are as quick as they can be. */
final class Table {
    private final Map<Needs.Shape, Row> rows = new HashMap<>();
    private final ToDoubleBiFunction<NodeView, Needs> score;

    private static final class Row {
        private final double[] scores;
        private final int[] versions;

        private Row(int nodes) {
            scores = new double[nodes];
            versions = new int[nodes];
            Arrays.fill(versions, -1);
        }
    }

    /** @param score lower is better, infinite where there is no room */
    Table(ToDoubleBiFunction<NodeView, Needs> score) {
        this.score = score;
    }

    /** One score for each node of {@link #nodes}. Not to be kept. */
    double[] scores(FleetView fleet, Needs needs) {
        var nodes = nodes(fleet);
        var row = rows.computeIfAbsent(needs.shape(), shape -> new Row(nodes.size()));
        for (int i = 0; i < row.scores.length; i++) {
            var node = nodes.get(i);
            if (row.versions[i] != node.version()) {
                row.versions[i] = node.version();
                row.scores[i] = score.applyAsDouble(node, needs);
            }
        }
        return row.scores;
    }

    static List<NodeView> nodes(FleetView fleet) {
        return fleet.pool(Cluster.POOL);
    }
}
