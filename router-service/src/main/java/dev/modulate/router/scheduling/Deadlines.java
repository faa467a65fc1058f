package dev.modulate.router.scheduling;

import java.util.Comparator;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * Who waits, by deadline. Who waits no more is only marked: to find each in the order would take longer than most of a decision,
 * and calls with the same time to live come in order.
 */
final class Deadlines {
    /** So many marked ones do no harm. */
    private static final int MARKED_MAX = 64;

    private final PriorityQueue<Waiting> byDeadline =
            new PriorityQueue<>(Comparator.comparingLong((Waiting entry) -> entry.call.deadlineAt())
                    .thenComparingLong(entry -> entry.sequence));

    private int marked;

    /** None is before it. Each answer asks, and nearly always it is later. */
    private long earliest = Call.NO_DEADLINE;

    void add(Waiting entry) {
        if (entry.call.deadlineAt() == Call.NO_DEADLINE) {
            return;
        }
        entry.waits = true;
        if (entry.hasDeadlineKept) {
            marked--;
            return;
        }
        entry.hasDeadlineKept = true;
        byDeadline.add(entry);
        earliest = Math.min(earliest, entry.call.deadlineAt());
    }

    void remove(Waiting entry) {
        if (entry.waits) {
            entry.waits = false;
            marked++;
        }
    }

    /** Whose deadline has passed; null when nobody's. */
    @Nullable
    Waiting expired(long now) {
        while (now >= earliest) {
            var first = byDeadline.peek();
            earliest = first == null ? Call.NO_DEADLINE : first.call.deadlineAt();
            if (first == null || now < earliest) {
                return null;
            }
            if (first.waits) {
                return first;
            }
            byDeadline.remove();
            first.hasDeadlineKept = false;
            marked--;
        }
        return null;
    }

    /** Forgets those who wait no more, when they are many. */
    void prune() {
        if (marked <= MARKED_MAX || marked <= byDeadline.size() / 2) {
            return;
        }
        byDeadline.removeIf(entry -> {
            if (!entry.waits) {
                entry.hasDeadlineKept = false;
            }
            return !entry.waits;
        });
        marked = 0;
    }
}
