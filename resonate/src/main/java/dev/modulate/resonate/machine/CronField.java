package dev.modulate.resonate.machine;

import java.util.BitSet;
import java.util.Locale;

/**
 * One field of a cron expression: which numbers it allows.
 *
 * @param allowed the numbers
 * @param any the field was {@code *} or {@code ?}
 */
record CronField(BitSet allowed, boolean any) {
    private static final int NAME_CHARS = 3;

    /** What a field may hold. */
    enum Kind {
        SECOND(0, 59, ""),
        MINUTE(0, 59, ""),
        HOUR(0, 23, ""),
        DAY_OF_MONTH(1, 31, ""),
        MONTH(1, 12, "jan feb mar apr may jun jul aug sep oct nov dec"),
        /** Zero and seven are Sunday. */
        DAY_OF_WEEK_FROM_ZERO(0, 7, "sun mon tue wed thu fri sat"),
        /** One is Sunday, seven is Saturday. */
        DAY_OF_WEEK_FROM_ONE(1, 7, "sun mon tue wed thu fri sat"),
        YEAR(1970, Cron.YEAR_MAX, "");

        private final int min;
        private final int max;
        private final String names;

        Kind(int min, int max, String names) {
            this.min = min;
            this.max = max;
            this.names = names;
        }
    }

    /** @throws IllegalArgumentException with words for the caller */
    static CronField parse(String text, Kind kind) {
        var allowed = new BitSet();
        for (String part : text.split(",", -1)) {
            add(allowed, part, kind);
        }
        return new CronField(allowed, text.equals("*") || text.equals("?"));
    }

    private static void add(BitSet allowed, String part, Kind kind) {
        int slash = part.indexOf('/');
        int step = slash < 0 ? 1 : number(part.substring(slash + 1));
        String range = slash < 0 ? part : part.substring(0, slash);
        boolean days = kind != Kind.SECOND && kind != Kind.MINUTE && kind != Kind.HOUR;
        int from = kind.min;
        int to = kind.max;
        if (!range.equals("*") && !(days && range.equals("?"))) {
            int dash = range.indexOf('-');
            from = value(dash < 0 ? range : range.substring(0, dash), kind);
            to = dash >= 0 ? value(range.substring(dash + 1), kind) : slash < 0 ? from : kind.max;
        }
        if (step < 1 || from > to) {
            throw new IllegalArgumentException("\"" + part + "\" is no range");
        }
        for (long value = from; value <= to; value += step) {
            allowed.set((int) value);
        }
    }

    private static int value(String text, Kind kind) {
        int name = text.length() == NAME_CHARS ? kind.names.indexOf(text.toLowerCase(Locale.ROOT)) : -1;
        int value = name < 0 || name % (NAME_CHARS + 1) != 0 ? number(text) : name / (NAME_CHARS + 1) + kind.min;
        if (value < kind.min || value > kind.max) {
            throw new IllegalArgumentException("\"" + text + "\" is not " + kind.min + " to " + kind.max);
        }
        return value;
    }

    private static int number(String text) {
        if (text.isEmpty() || text.length() > 4 || !text.chars().allMatch(c -> c >= '0' && c <= '9')) {
            throw new IllegalArgumentException("\"" + text + "\" is no number");
        }
        return Integer.parseInt(text);
    }

    boolean has(int value) {
        return allowed.get(value);
    }

    /** The first allowed number that is not less; -1 for none. */
    int from(int value) {
        return allowed.nextSetBit(value);
    }
}
