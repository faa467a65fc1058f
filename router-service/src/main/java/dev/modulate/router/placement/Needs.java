package dev.modulate.router.placement;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What one execution needs from a node.
 *
 * @param cpuMillis zero reserves nothing
 * @param memoryBytes zero reserves nothing
 */
public record Needs(
        FunctionKey function,
        String pool,
        Map<String, String> labels,
        int cpuMillis,
        long memoryBytes,
        @Nullable Accelerators accelerators) {
    public Needs {
        labels = Map.copyOf(labels);
    }

    /**
     * Devices of one execution.
     *
     * @param model prefix of the model name; empty takes any
     * @param memoryBytes on each device; zero takes whole devices
     */
    public record Accelerators(String model, int count, long memoryBytes) {
        public Accelerators {
            if (count < 1 || memoryBytes < 0) {
                throw new IllegalArgumentException(
                        "accelerator: " + count + " x " + memoryBytes + " bytes (expected: count >= 1, bytes >= 0)");
            }
        }

        public boolean whole() {
            return memoryBytes == 0;
        }
    }

    /** Devices it takes; zero when it needs none. */
    public int deviceCount() {
        return accelerators == null ? 0 : accelerators.count();
    }

    /** What has to be the same for two executions to fit the same nodes. */
    public Shape shape() {
        return new Shape(pool, labels, cpuMillis, memoryBytes, accelerators);
    }

    /** Needs without the function: when one of a shape has to wait, all do. */
    public record Shape(
            String pool,
            Map<String, String> labels,
            int cpuMillis,
            long memoryBytes,
            @Nullable Accelerators accelerators) {}
}
