package dev.modulate.bench.live;

import java.util.NavigableMap;
import java.util.TreeMap;

/** Cumulative counts by upper bound in seconds, as Prometheus has them. */
record Histogram(NavigableMap<Double, Double> counts) {
    /** What has come since an earlier look. */
    Histogram since(Histogram before) {
        var difference = new TreeMap<Double, Double>();
        counts.forEach((bound, count) -> difference.put(bound, count - before.counts.getOrDefault(bound, 0.0)));
        return new Histogram(difference);
    }

    Histogram plus(Histogram other) {
        var sum = new TreeMap<>(counts);
        other.counts.forEach((bound, count) -> sum.merge(bound, count, Double::sum));
        return new Histogram(sum);
    }

    double count() {
        return counts.isEmpty() ? 0 : counts.lastEntry().getValue();
    }

    /** Upper bound of the bucket in which the quantile lies; infinite when there is nothing. */
    double quantileMicros(double share) {
        double all = count();
        if (all == 0) {
            return Double.POSITIVE_INFINITY;
        }
        return counts.entrySet().stream()
                        .filter(bucket -> bucket.getValue() >= all * share)
                        .findFirst()
                        .orElseThrow()
                        .getKey()
                * 1e6;
    }
}
