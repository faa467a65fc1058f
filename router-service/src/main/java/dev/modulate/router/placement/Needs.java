package dev.modulate.router.placement;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What one execution needs from a node.
 *
 * @param pool empty takes nodes of every pool
 * @param cpuMillis zero reserves nothing
 * @param memoryBytes zero reserves nothing
 * @param rule nodes that may run it
 * @param preferred nodes that should run it, unless others can much sooner
 */
public record Needs(
        FunctionKey function,
        String pool,
        Map<String, String> labels,
        int cpuMillis,
        long memoryBytes,
        @Nullable Accelerators accelerators,
        NodeRule rule,
        NodeRule preferred) {
    public Needs {
        labels = Map.copyOf(labels);
    }

    /** Needs of those who have no rule. */
    public Needs(
            FunctionKey function,
            String pool,
            Map<String, String> labels,
            int cpuMillis,
            long memoryBytes,
            @Nullable Accelerators accelerators) {
        this(function, pool, labels, cpuMillis, memoryBytes, accelerators, NodeRule.any(), NodeRule.any());
    }

    /** Whether nodes that are otherwise alike may differ for it. */
    public boolean selective() {
        return !labels.isEmpty() || !rule.equals(NodeRule.any()) || !preferred.equals(NodeRule.any());
    }

    /** The same on any node of its pool. */
    public Needs unselective() {
        return new Needs(function, pool, Map.of(), cpuMillis, memoryBytes, accelerators);
    }

    /** Whether pool, labels and rule let it run there. */
    public boolean allows(NodeProfile node) {
        return inPool(node)
                && (labels.isEmpty() || node.labels().entrySet().containsAll(labels.entrySet()))
                && rule.allows(node);
    }

    boolean inPool(NodeProfile node) {
        return pool.isEmpty() || pool.equals(node.pool());
    }

    /**
     * Devices of one execution: whole ones, parts of shared ones, or one slice.
     *
     * @param model prefix of the model name, or several that {@code |} divides; empty takes any
     * @param memoryBytes on each device; zero takes whole devices, unless there is a share or a slice
     * @param shareMillis compute of each device in thousandths, below 1000; zero takes what time-slicing gives
     * @param migProfile the slice to take whole; empty takes none
     */
    public record Accelerators(
            String model,
            int count,
            long memoryBytes,
            int shareMillis,
            String migProfile,
            Link link,
            Isolation isolation) {
        public Accelerators {
            if (count < 1 || memoryBytes < 0) {
                throw new IllegalArgumentException(
                        "accelerator: " + count + " x " + memoryBytes + " bytes (expected: count >= 1, bytes >= 0)");
            }
            if (shareMillis < 0 || shareMillis >= DeviceReservation.WHOLE) {
                throw new IllegalArgumentException("share_milli: " + shareMillis + " (expected: 0 to 999)");
            }
        }

        /** Whole devices, or memory on shared ones. */
        public Accelerators(String model, int count, long memoryBytes) {
            this(model, count, memoryBytes, 0, "", Link.PREFERRED, Isolation.TENANT);
        }

        /** Whether a device of this model will do. */
        public boolean takesModel(String name) {
            return matches(model, name);
        }

        static boolean matches(String asked, String name) {
            if (asked.isEmpty()) {
                return true;
            }
            int begin = 0;
            while (begin <= asked.length()) {
                int bar = asked.indexOf('|', begin);
                int end = bar < 0 ? asked.length() : bar;
                if (name.regionMatches(0, asked, begin, end - begin)) {
                    return true;
                }
                begin = end + 1;
            }
            return false;
        }

        /** Whether it has its devices, or its slice, for itself. */
        public boolean whole() {
            return memoryBytes == 0 && shareMillis == 0;
        }
    }

    /** Devices it takes; zero when it needs none. */
    public int deviceCount() {
        return accelerators == null ? 0 : accelerators.count();
    }

    /** What has to be the same for two executions to fit the same nodes. */
    public Shape shape() {
        return new Shape(new Asked(pool, labels, cpuMillis, memoryBytes, accelerators, company(), rule));
    }

    /** With whom it may share a device; nobody needs to know of executions that share none. */
    private String company() {
        if (accelerators == null || accelerators.whole()) {
            return "";
        }
        return accelerators.isolation() == Isolation.FUNCTION ? function.value() : function.tenant();
    }

    /**
     * Needs without the function: when one of a shape has to wait, all do.
     *
     * @param company the tenant or function that it shares devices with; empty when it shares none
     */
    private record Asked(
            String pool,
            Map<String, String> labels,
            int cpuMillis,
            long memoryBytes,
            @Nullable Accelerators accelerators,
            String company,
            NodeRule rule) {}

    /** What {@link #shape} is: a key that is hashed once, since each decision looks something up by it. */
    public static final class Shape {
        private final Asked asked;
        private final int hash;

        private Shape(Asked asked) {
            this.asked = asked;
            this.hash = asked.hashCode();
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return this == other || (other instanceof Shape shape && hash == shape.hash && asked.equals(shape.asked));
        }

        @Override
        public int hashCode() {
            return hash;
        }

        @Override
        public String toString() {
            return asked.toString();
        }
    }
}
