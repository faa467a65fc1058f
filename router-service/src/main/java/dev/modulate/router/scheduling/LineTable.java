package dev.modulate.router.scheduling;

import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Lines in which somebody waits, a row for each. Beside each other, since each node that comes free asks for many lines: by how
 * much the calls of a line count as younger where they have to start cold. That is what a cold start costs at least, and infinite
 * while it cannot be worth it; it is kept for a while, and most lines are not needed but for this.
 */
final class LineTable {
    private static final int ROWS_MIN = 64;

    private @Nullable Line[] lines = new Line[ROWS_MIN];
    private long[] until = new long[ROWS_MIN];
    private double[] handicapSeconds = new double[ROWS_MIN];

    /** Rows that were given back, the last one first. */
    private int[] free = new int[ROWS_MIN];

    private int freeCount;
    private int used;

    /** Its row from now on; it has no handicap. */
    int add(Line line) {
        int row = freeCount > 0 ? free[--freeCount] : used++;
        if (row == lines.length) {
            lines = Arrays.copyOf(lines, 2 * row);
            until = Arrays.copyOf(until, 2 * row);
            handicapSeconds = Arrays.copyOf(handicapSeconds, 2 * row);
            free = Arrays.copyOf(free, 2 * row);
        }
        lines[row] = line;
        until[row] = Line.NEVER;
        return row;
    }

    void remove(int row) {
        lines[row] = null;
        free[freeCount++] = row;
    }

    Line line(int row) {
        return Objects.requireNonNull(lines[row]);
    }

    void handicap(int row, double seconds, long untilNanos) {
        handicapSeconds[row] = seconds;
        until[row] = untilNanos;
    }

    /** Whether it is known that no cold start can be worth it. */
    boolean isRuledOut(int row, long now) {
        return now < until[row] && handicapSeconds[row] == Double.POSITIVE_INFINITY;
    }

    /** A cold start may be worth it now that one more call waits, but costs what it did. */
    void wanted(int row) {
        if (handicapSeconds[row] == Double.POSITIVE_INFINITY) {
            until[row] = Line.NEVER;
        }
    }

    /** Whether a call of that age is known to count for no more than one that is so old and starts warm. */
    boolean isBehind(int row, double ageSeconds, double warmSeconds, long now) {
        return now < until[row] && ageSeconds - handicapSeconds[row] <= warmSeconds;
    }
}
