package dev.modulate.router.scheduling;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Lines that wait by tenant and class, the oldest call of each first. One decision looks at a bounded number of lines: when
 * there are more, they are taken from each tenant and class in turn, so that nobody has to wait behind all that another has
 * called before.
 */
final class Turns {
    /** Looked at for one decision; the others when there are more are looked at for the next. */
    static final int QUEUES_MAX = 64;

    private static final Comparator<Queue> BY_URGENCY =
            Comparator.comparingInt((Queue queue) -> queue.roundsOwed).thenComparingInt(queue -> queue.step);

    private final Tenants tenants;
    private final LineTable table;
    private final Map<Key, Queue> queues = new HashMap<>();
    private final Bag<Queue> waiting = new Bag<>();
    private int turnedTo;

    private record Key(Tenants.Tenant tenant, int step) {}

    /** Lines of one tenant whose next call is of one class. */
    static final class Queue {
        private final Tenants.Tenant tenant;
        private final int step;
        private final LinesByAge lines;
        private final Bag.Seat<Queue> seat = new Bag.Seat<>(this);
        private int roundsOwed;

        private Queue(Key key, LineTable table) {
            this.lines = new LinesByAge(table);
            this.tenant = key.tenant;
            this.step = key.step;
        }
    }

    /** Where a line stands. */
    record Place(Queue queue, Waiting oldest) {}

    Turns(Tenants tenants, LineTable table) {
        this.table = table;
        this.tenants = tenants;
    }

    /** Somebody has come to a line, or has left it. */
    void index(Line line) {
        var oldest = line.oldest();
        var step = line.step();
        var place = line.place;
        if (place != null && place.oldest == oldest && place.queue.step == step) {
            return;
        }
        forget(line);
        if (oldest != null) {
            var queue = queues.computeIfAbsent(new Key(line.tenant, step), key -> new Queue(key, table));
            queue.lines.add(oldest, line);
            waiting.seat(queue.seat, true);
            line.place = new Place(queue, oldest);
        }
    }

    void forget(Line line) {
        var place = line.place;
        line.place = null;
        if (place == null) {
            return;
        }
        var queue = place.queue;
        queue.lines.remove(place.oldest);
        if (queue.lines.isEmpty()) {
            waiting.seat(queue.seat, false);
            queues.remove(new Key(queue.tenant, queue.step));
        }
    }

    /** The first of each, the most urgent one first; then the second of each, and so on. */
    Turn next(double olderThanSeconds, long now) {
        int count = Math.min(waiting.size(), QUEUES_MAX);
        var chosen = new ArrayList<Queue>(count);
        for (int i = 0; i < count; i++) {
            var queue = waiting.get((turnedTo + i) % waiting.size());
            queue.roundsOwed = tenants.roundsOwed(queue.tenant);
            chosen.add(queue);
        }
        turnedTo = waiting.size() <= QUEUES_MAX ? 0 : (turnedTo + QUEUES_MAX) % waiting.size();
        chosen.sort(BY_URGENCY);
        var walks = new ArrayList<LinesByAge.Walk>(count);
        for (var queue : chosen) {
            walks.add(queue.lines.olderThan(olderThanSeconds, now));
        }
        return new Turn(walks);
    }

    /** Lines that are looked at for one decision, as long as none changes. */
    static final class Turn {
        private final Deque<LinesByAge.Walk> rest;

        /** Where the line that came last stands. */
        private LinesByAge.@Nullable Walk last;

        /** @param queues each by age */
        Turn(List<LinesByAge.Walk> queues) {
            this.rest = new ArrayDeque<>(queues);
        }

        /** So many of them, or all when there are fewer. */
        List<Line> next(int countMax) {
            var lines = new ArrayList<Line>();
            for (var line = next(); line != null; line = next()) {
                lines.add(line);
                if (lines.size() == countMax) {
                    break;
                }
            }
            return lines;
        }

        /** Null when there is none left. */
        @Nullable
        Line next() {
            while (!rest.isEmpty()) {
                var queue = rest.remove();
                if (queue.hasNext()) {
                    rest.add(queue);
                    last = queue;
                    return queue.next();
                }
            }
            return null;
        }

        /** What is known of the line that came last without a look at it. */
        LinesByAge.Walk last() {
            return Objects.requireNonNull(last);
        }
    }
}
