package dev.modulate.bench.gpu;

import java.util.Locale;

/** What was found, a line each as it comes, and whether all of it is right. */
final class Findings {
    private boolean right = true;

    /** A fact that is right or wrong. */
    void fact(String name, boolean holds, Object seen) {
        right &= holds;
        print(name, holds ? "yes" : "NO", "(" + seen + ")");
    }

    /** A figure that has a bound. */
    void atMost(String name, double measured, double bound, String unit) {
        boolean met = measured <= bound;
        right &= met;
        print(
                name,
                String.format(Locale.ROOT, "%.3f %s", measured, unit),
                String.format(Locale.ROOT, "(at most %.3f)%s", bound, met ? "" : "  MISSED"));
    }

    /** A figure that has none. */
    void figure(String name, double measured, String unit) {
        print(name, String.format(Locale.ROOT, "%.3f %s", measured, unit), "");
    }

    void note(String words) {
        System.out.println(words);
    }

    boolean right() {
        return right;
    }

    private static void print(String name, String measured, String more) {
        System.out.printf("%-78s %16s %s%n", name, measured, more);
    }
}
