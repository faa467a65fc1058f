package dev.modulate.router.dispatch;

import dev.modulate.router.placement.Needs;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.NavigableMap;
import java.util.SequencedSet;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Calls that wait for a node: one line for each function, the lines in order of their oldest call. */
final class Queue {
    private final Map<Needs, Line> lines = new HashMap<>();
    private final NavigableMap<Long, Line> byAge = new TreeMap<>();
    private long sequence;
    private int size;

    /** Calls that need the same. */
    static final class Line {
        private final Needs needs;
        private final Needs.Shape shape;
        private final SequencedSet<Run> runs = new LinkedHashSet<>();

        private Line(Needs needs) {
            this.needs = needs;
            this.shape = needs.shape();
        }

        Needs.Shape shape() {
            return shape;
        }

        Run head() {
            return runs.getFirst();
        }

        private long age() {
            return runs.getFirst().queueSequence;
        }
    }

    int size() {
        return size;
    }

    /** Whether somebody stands before a call with these needs. */
    boolean hasLine(Needs needs) {
        return lines.containsKey(needs);
    }

    /** A number for a call that is placed without waiting, in case it comes back. */
    void stamp(Run run) {
        if (run.queueSequence == 0) {
            run.queueSequence = ++sequence;
        }
    }

    void addLast(Run run) {
        stamp(run);
        var line = lineOf(run);
        line.runs.addLast(run);
        size++;
        byAge.put(line.age(), line);
    }

    /** A call that came back stands before all of its line. */
    void addFirst(Run run) {
        stamp(run);
        var line = lineOf(run);
        if (!line.runs.isEmpty()) {
            byAge.remove(line.age());
        }
        line.runs.addFirst(run);
        size++;
        byAge.put(line.age(), line);
    }

    void remove(Run run) {
        var line = lines.get(run.knownCall().needs());
        if (line == null || !line.runs.contains(run)) {
            return;
        }
        byAge.remove(line.age());
        line.runs.remove(run);
        size--;
        if (line.runs.isEmpty()) {
            lines.remove(line.needs);
        } else {
            byAge.put(line.age(), line);
        }
    }

    @Nullable
    Line oldest() {
        return line(byAge.firstEntry());
    }

    /** The line whose head is the next after a head of this number. */
    @Nullable
    Line after(long headSequence) {
        return line(byAge.higherEntry(headSequence));
    }

    private static @Nullable Line line(Map.@Nullable Entry<Long, Line> entry) {
        return entry == null ? null : entry.getValue();
    }

    /** Place of a call in its line, from 1; zero when it does not wait. */
    int position(Run run) {
        var line = run.call == null ? null : lines.get(run.call.needs());
        if (line == null) {
            return 0;
        }
        int position = 1;
        for (var other : line.runs) {
            if (other == run) {
                return position;
            }
            position++;
        }
        return 0;
    }

    private Line lineOf(Run run) {
        return lines.computeIfAbsent(run.knownCall().needs(), Line::new);
    }
}
