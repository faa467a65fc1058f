package dev.modulate.executor.attach;

import java.util.Map;

/**
 * Who this node is; does not change while the process lives.
 *
 * @param incarnation grows with every process start
 */
public record NodeFacts(
        String nodeId,
        long incarnation,
        String pool,
        int cpuMillis,
        long memoryBytes,
        int slots,
        Map<String, String> labels,
        String softwareVersion) {
    public NodeFacts {
        labels = Map.copyOf(labels);
    }
}
