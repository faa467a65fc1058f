package dev.modulate.router.placement;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What is typically asked for.
 *
 * @param shapes most frequent first; their weights add up to 1
 * @param named part of all devices asked for, by those who name these models; rare shapes count too
 */
public record Demand(List<Weighted> shapes, Map<String, Double> named) {
    /** Nothing is known yet. */
    public static final Demand UNKNOWN = new Demand(List.of(), Map.of());

    public Demand {
        shapes = List.copyOf(shapes);
        named = Map.copyOf(named);
    }

    /** One shape and its part of all. */
    public record Weighted(Shape shape, double weight) {}

    /**
     * What makes two executions need the same of a node.
     *
     * @param accelerators null when it needs none
     */
    public record Shape(int cpuMillis, Needs.@Nullable Accelerators accelerators) {
        /** With whom it shares and how its devices are linked is not for others to know. */
        static Shape of(Needs needs) {
            var asked = needs.accelerators();
            return new Shape(
                    needs.cpuMillis(),
                    asked == null
                            ? null
                            : new Needs.Accelerators(
                                    asked.model(),
                                    asked.count(),
                                    asked.memoryBytes(),
                                    asked.shareMillis(),
                                    asked.migProfile(),
                                    Link.PREFERRED,
                                    Isolation.TENANT));
        }

        /** Thousandths of a device of this size that it takes of each. */
        int millisOf(DeviceProfile device) {
            if (accelerators == null) {
                return 0;
            }
            if (accelerators.whole()) {
                return DeviceReservation.WHOLE;
            }
            long usable = device.memoryBytes() - device.spareBytes();
            long byMemory = Math.ceilDiv(DeviceReservation.WHOLE * accelerators.memoryBytes(), usable);
            return (int) Math.min(DeviceReservation.WHOLE, Math.max(accelerators.shareMillis(), byMemory));
        }

        /** What it names; empty when any model will do. */
        String model() {
            return accelerators == null ? "" : accelerators.model();
        }

        int count() {
            return accelerators == null ? 0 : accelerators.count();
        }

        /** Whole devices it takes in all, parts by their compute. */
        double devices() {
            if (accelerators == null) {
                return 0;
            }
            double share = accelerators.whole() || accelerators.shareMillis() == 0
                    ? 1
                    : accelerators.shareMillis() / (double) DeviceReservation.WHOLE;
            return accelerators.count() * share;
        }
    }

    /** CPU that goes with one device on average, in thousandths of a core; zero when nobody reserves CPU. */
    double cpuMillisPerDevice() {
        double cpu = 0;
        double devices = 0;
        for (var each : shapes) {
            double here = each.shape().devices();
            if (here > 0) {
                cpu += each.weight() * each.shape().cpuMillis();
                devices += each.weight() * here;
            }
        }
        return devices == 0 ? 0 : cpu / devices;
    }

    /** Half the sum of what the weights differ by: 0 for the same demand, 1 for one that has nothing in common. */
    double distance(Demand other) {
        Map<Shape, Double> difference = new HashMap<>();
        shapes.forEach(each -> difference.merge(each.shape(), each.weight(), Double::sum));
        other.shapes.forEach(each -> difference.merge(each.shape(), -each.weight(), Double::sum));
        return difference.values().stream().mapToDouble(Math::abs).sum() / 2;
    }

    /**
     * Learns the demand from what arrives; old arrivals fade. Holds a bounded number of shapes: a new one takes the place
     * of the rarest. For one thread.
     */
    public static final class Histogram {
        static final int SHAPES_MAX = 512;

        /** Part of the arrivals that the typical shapes cover. The rest is noise, and each costs time. */
        private static final double TYPICAL_PART = 0.95;

        private static final int TYPICAL_MAX = 128;

        /** After this many more, an arrival counts a third. */
        private static final double FADES_AFTER = 8_192;

        private static final double WEIGHT_MAX = 1e12;

        private final Map<Shape, Double> weights = new HashMap<>();
        private double next = 1;

        public void observe(Needs needs) {
            var shape = Shape.of(needs);
            if (!weights.containsKey(shape) && weights.size() >= SHAPES_MAX) {
                weights.remove(Collections.min(weights.entrySet(), Map.Entry.comparingByValue())
                        .getKey());
            }
            weights.merge(shape, next, Double::sum);
            next *= 1 + 1 / FADES_AFTER;
            if (next > WEIGHT_MAX) {
                double scale = next;
                weights.replaceAll((key, weight) -> weight / scale);
                next = 1;
            }
        }

        /** The most frequent shapes that make up nearly all. */
        public Demand typical() {
            double total =
                    weights.values().stream().mapToDouble(Double::doubleValue).sum();
            var byWeight = new ArrayList<>(weights.entrySet());
            byWeight.sort(Map.Entry.<Shape, Double>comparingByValue().reversed());
            double covered = 0;
            int count = 0;
            while (count < Math.min(TYPICAL_MAX, byWeight.size()) && covered < TYPICAL_PART * total) {
                covered += byWeight.get(count++).getValue();
            }
            double sum = covered;
            var shapes = byWeight.subList(0, count).stream()
                    .map(each -> new Weighted(each.getKey(), each.getValue() / sum))
                    .toList();
            return new Demand(shapes, named());
        }

        private Map<String, Double> named() {
            double all = 0;
            Map<String, Double> named = new HashMap<>();
            for (var each : weights.entrySet()) {
                double devices = each.getValue() * each.getKey().devices();
                all += devices;
                String model = each.getKey().model();
                if (!model.isEmpty()) {
                    named.merge(model, devices, Double::sum);
                }
            }
            double sum = all;
            named.replaceAll((model, devices) -> devices / sum);
            return named;
        }
    }
}
