package dev.modulate.router.scheduling;

import dev.modulate.router.placement.FunctionKey;
import dev.modulate.router.placement.Needs;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Everything that waits: one line for each function version, the lines by age of their oldest call. */
final class Lines {
    /** Above this, lines and models that nothing refers to are dropped. */
    private static final int KEPT_MAX = 10_000;

    /** Up to here one decision looks at all of them. */
    private static final int MANY = SiteMatcher.SEEN_MAX;

    private final Tenants tenants;
    private final Map<Needs, Line> lines = new HashMap<>();
    private final Map<FunctionKey, Model> models = new HashMap<>();
    private final Map<Needs.Shape, Shape> shapes = new HashMap<>();

    /** Calls that wait, and those that nodes have, until they are {@link #forget forgotten}. */
    private final Map<String, Waiting> byId = new HashMap<>();

    private final LineTable table = new LineTable();
    private final LinesByAge byAge = new LinesByAge(table);
    private final Turns turns;
    private final Deadlines deadlines = new Deadlines();

    private int shapeNumber;
    private long sequence;
    private int waitingCount;
    private @Nullable Waiting turnedTo;

    /** Whether there are more lines than one decision looks at. */
    private boolean areMany;

    private int pruneAbove = KEPT_MAX;

    /** Calls that wait and need no device. */
    private int deviceless;

    /** Calls that wait, by the step of their class. */
    private final int[] ofStep = new int[Priority.values().length];

    /** One for all lines that need the same but for the function. */
    private record Shape(Needs.Shape asked, int number) {}

    Lines(Tenants tenants) {
        this.tenants = tenants;
        this.turns = new Turns(tenants, table);
    }

    Line of(Call call) {
        var line = lines.get(call.needs());
        if (line == null) {
            line = newLine(call);
            tenants.keep(line.tenant);
            lines.put(call.needs(), line);
        }
        return line;
    }

    private Line newLine(Call call) {
        var shape = shapes.computeIfAbsent(call.needs().shape(), asked -> new Shape(asked, ++shapeNumber));
        var model = model(call.needs().function());
        model.needs(call.needs());
        return new Line(call.needs(), shape.asked, shape.number, model, tenants.of(call.tenant()));
    }

    Model model(FunctionKey function) {
        return models.computeIfAbsent(function, Model::new);
    }

    /** Null when nobody has called it. */
    @Nullable
    Line find(Needs needs) {
        return lines.get(needs);
    }

    /** Null when it does not wait. */
    @Nullable
    Waiting find(String callId) {
        var entry = byId.get(callId);
        return entry != null && entry.inLine ? entry : null;
    }

    /** Also when a node has it. */
    @Nullable
    Waiting known(String callId) {
        return byId.get(callId);
    }

    /** Calls that wait. */
    int size() {
        return waitingCount;
    }

    /** Lines in which somebody waits, the one with the oldest call first. */
    Iterable<Line> oldestFirst() {
        return byAge;
    }

    /** So many lines in turn, by age, so that in the end every one has had its turn. */
    List<Line> inTurn(int countMax) {
        var rest = turnedTo == null ? byAge.iterator() : byAge.after(turnedTo);
        var next = new ArrayList<Line>(countMax);
        while (next.size() < countMax && rest.hasNext()) {
            next.add(rest.next());
        }
        turnedTo = next.size() < countMax ? null : next.getLast().indexedBy;
        return next;
    }

    /**
     * Those to look at for one decision, of those whose oldest call has waited for longer: by age, or, when they are more
     * than one decision looks at, by tenant and class in turn.
     */
    Turns.Turn turn(double olderThanSeconds, long now) {
        return areMany && anyOlder(olderThanSeconds, now)
                ? turns.next(olderThanSeconds, now)
                : new Turns.Turn(List.of(byAge.olderThan(olderThanSeconds, now)));
    }

    LineTable table() {
        return table;
    }

    boolean isEmpty() {
        return byAge.isEmpty();
    }

    boolean allNeedDevices() {
        return deviceless == 0;
    }

    /** Whether somebody waits whose class is before this one. */
    boolean anyBefore(Priority priority) {
        for (int step = 0; step < priority.step(); step++) {
            if (ofStep[step] > 0) {
                return true;
            }
        }
        return false;
    }

    /** Whether the call that waits longest has waited longer than that. */
    boolean anyOlder(double seconds, long now) {
        var first = byAge.first();
        var oldest = first == null ? null : first.oldest();
        return oldest != null && oldest.ageSeconds(now) > seconds;
    }

    /** Whose deadline has passed; null when nobody's. */
    @Nullable
    Waiting expired(long now) {
        return deadlines.expired(now);
    }

    Waiting arrived(Call call, long now) {
        var entry = new Waiting(call, of(call), ++sequence, now);
        add(entry);
        return entry;
    }

    private void add(Waiting entry) {
        var before = byId.putIfAbsent(entry.call.id(), entry);
        if (before != null) {
            if (before.inLine) {
                throw new IllegalStateException("call " + entry.call.id() + " waits already");
            }
            entry.execution = before.execution;
            byId.put(entry.call.id(), entry);
        }
        entry.inLine = true;
        waitingCount++;
        var line = entry.line;
        if (line.isEmpty()) {
            line.model.waiting.add(line);
            line.row = table.add(line);
        } else {
            table.wanted(line.row);
        }
        line.add(entry);
        deadlines.add(entry);
        deviceless += line.needs.deviceCount() == 0 ? 1 : 0;
        ofStep[entry.call.priority().step()]++;
        tenants.waits(line.tenant);
        index(line);
    }

    /** It waits again, or still. */
    void back(Waiting entry) {
        if (!entry.inLine) {
            add(entry);
        }
    }

    /** It waits no more, and nobody has it. */
    void remove(Waiting entry) {
        take(entry);
        forget(entry);
    }

    /** Nobody asks for it any more, unless it waits again or a node has it. */
    void forget(Waiting entry) {
        if (!entry.inLine && entry.execution == null) {
            byId.remove(entry.call.id());
        }
    }

    /** It waits no more, and a node has it: it stays known, since to take it out and put it in again would take as long as the rest. */
    void take(Waiting entry) {
        entry.inLine = false;
        waitingCount--;
        var line = entry.line;
        line.remove(entry);
        deadlines.remove(entry);
        if (line.isEmpty()) {
            line.model.waiting.remove(line);
        }
        deviceless -= line.needs.deviceCount() == 0 ? 1 : 0;
        ofStep[entry.call.priority().step()]--;
        tenants.waitsNoMore(line.tenant);
        index(line);
        if (line.isEmpty()) {
            table.remove(line.row);
        }
    }

    /** Forgets who waits no more; and functions that nobody calls and no node has, when there are many. */
    void prune() {
        deadlines.prune();
        if (Math.max(lines.size(), models.size()) <= pruneAbove) {
            return;
        }
        lines.values().removeIf(line -> {
            boolean unused = line.isEmpty() && line.runningCount == 0 && !line.noted;
            if (unused) {
                tenants.letGo(line.tenant);
            }
            return unused;
        });
        // Lines keep their numbers; new ones get others, at the cost of working out a node once more.
        shapes.clear();
        var called = new HashSet<Model>();
        lines.values().forEach(line -> called.add(line.model));
        models.values().removeIf(model -> model.residentCount == 0 && !model.pinned && !called.contains(model));
        pruneAbove = Math.max(KEPT_MAX, 2 * Math.max(lines.size(), models.size()));
    }

    private void index(Line line) {
        var oldest = line.oldest();
        if (oldest != line.indexedBy) {
            if (line.indexedBy != null) {
                byAge.remove(line.indexedBy);
            }
            if (oldest != null) {
                byAge.add(oldest, line);
            }
            line.indexedBy = oldest;
        }
        if (areMany) {
            turns.index(line);
        }
        countLines();
    }

    /** What is in turn is kept only while it is asked for: it costs as much as the index by age. */
    private void countLines() {
        if (!areMany && byAge.size() > MANY) {
            areMany = true;
            byAge.forEach(turns::index);
        } else if (areMany && byAge.size() <= MANY / 2) {
            areMany = false;
            byAge.forEach(turns::forget);
        }
    }
}
