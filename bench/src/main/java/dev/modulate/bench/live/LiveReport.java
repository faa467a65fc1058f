package dev.modulate.bench.live;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The figures beside their targets. */
final class LiveReport {
    private final List<Row> rows = new ArrayList<>();

    private record Row(String what, double value, double limit, double aim, String unit) {
        boolean met() {
            return value <= limit;
        }
    }

    void messages(double routerMicros, double echoMicros) {
        rows.add(new Row("CPU of a load message / raw echo", routerMicros / echoMicros, 2, 1.2, "times"));
    }

    void add(String what, double value, double limit, double aim, String unit) {
        rows.add(new Row(what, value, limit, aim, unit));
    }

    /** A figure without a limit. */
    void note(String what, double value, String unit) {
        rows.add(new Row(what, value, Double.POSITIVE_INFINITY, Double.POSITIVE_INFINITY, unit));
    }

    /** True when every limit is kept. */
    boolean print() {
        System.out.printf(Locale.ROOT, "%-48s %12s %12s %12s%n", "", "measured", "at most", "aim");
        for (var row : rows) {
            System.out.printf(
                    Locale.ROOT,
                    "%-48s %12.3f %12.3f %12.3f %s%s%n",
                    row.what,
                    row.value,
                    row.limit,
                    row.aim,
                    row.unit,
                    row.met() ? "" : "  MISSED");
        }
        return rows.stream().allMatch(Row::met);
    }
}
