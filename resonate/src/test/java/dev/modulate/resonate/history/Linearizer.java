package dev.modulate.resonate.history;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Says whether a history could have come from a system that does one thing at a time.
 *
 * <p>Walks along the history and keeps everything the system could be: a state, and which of the calls that are under way
 * have taken effect in it. When a call returns, those that cannot explain its answer are dropped; when none is left, no
 * order explains the history. The pairs are a set, so what is reached by several orders is looked at once.
 */
final class Linearizer {
    /** More states than this at one moment mean a history that is too open to be checked, not a wrong one. */
    private static final int POSSIBLE_MAX = 200_000;

    private static final int SHOWN_MAX = 2;

    private final Model model;

    Linearizer(Model model) {
        this.model = model;
    }

    sealed interface Verdict {
        /** @param widest most states that were possible at one moment */
        record Linearizable(int widest) implements Verdict {}

        record Broken(String why) implements Verdict {}

        /** Neither: more was possible at one moment than can be followed. */
        record TooOpen(String where) implements Verdict {}
    }

    /** @param done clients whose call under way has taken effect, a bit each */
    private record Possible(long done, ModelState state) {}

    private record Event(long at, boolean invocation, Operation operation) {}

    Verdict check(ModelState start, List<Operation> history) {
        Set<Possible> possible = Set.of(new Possible(0, start));
        Map<Integer, Operation> underWay = new HashMap<>();
        int widest = 1;
        for (var event : events(history)) {
            var operation = event.operation();
            if (event.invocation()) {
                if (underWay.put(operation.client(), operation) != null) {
                    throw new IllegalStateException("calls of one client overlap: " + operation);
                }
                continue;
            }
            var next = returned(operation, possible, underWay);
            if (next == null) {
                return new Verdict.TooOpen("more than " + POSSIBLE_MAX + " possible states at " + operation);
            }
            if (next.isEmpty()) {
                return new Verdict.Broken(explain(operation, possible, underWay));
            }
            underWay.remove(operation.client());
            possible = next;
            widest = Math.max(widest, next.size());
        }
        return new Verdict.Linearizable(widest);
    }

    private static List<Event> events(List<Operation> history) {
        var events = new ArrayList<Event>();
        for (var operation : history) {
            events.add(new Event(operation.invoked(), true, operation));
            events.add(new Event(operation.returned(), false, operation));
        }
        events.sort(Comparator.comparingLong(Event::at));
        return events;
    }

    /** All that is possible once a call has returned: by letting calls under way take effect in any order before.
     * Null when that is too much. */
    private @Nullable Set<Possible> returned(
            Operation operation, Set<Possible> before, Map<Integer, Operation> underWay) {
        long bit = 1L << operation.client();
        var after = new HashSet<Possible>();
        var seen = new HashSet<>(before);
        var toLookAt = new ArrayDeque<>(before);
        for (var at = toLookAt.poll(); at != null; at = toLookAt.poll()) {
            if ((at.done() & bit) != 0) {
                after.add(new Possible(at.done() & ~bit, at.state()));
                continue;
            }
            if (operation.outcome() instanceof Outcome.Unknown) {
                after.add(at);
            }
            for (var candidate : underWay.values()) {
                var next = effect(at, candidate);
                if (next != null && seen.add(next)) {
                    toLookAt.add(next);
                }
            }
            if (seen.size() > POSSIBLE_MAX) {
                return null;
            }
        }
        return after;
    }

    private @Nullable Possible effect(Possible at, Operation operation) {
        long bit = 1L << operation.client();
        if ((at.done() & bit) != 0) {
            return null;
        }
        var result = model.apply(at.state(), operation.call());
        boolean explained = switch (operation.outcome()) {
            // Without an effect it is as if it never happened, and that is looked at anyway.
            case Outcome.Unknown unknown -> !result.state().equals(at.state());
            case Outcome.Answered answered -> Model.allows(result.reply(), answered.reply());
        };
        return explained ? new Possible(at.done() | bit, result.state()) : null;
    }

    private String explain(Operation operation, Set<Possible> possible, Map<Integer, Operation> underWay) {
        var text = new StringBuilder("no order explains ").append(operation).append("\nunder way:");
        underWay.values().forEach(other -> text.append("\n  ").append(other));
        text.append("\n").append(possible.size()).append(" possible before, such as:");
        possible.stream().limit(SHOWN_MAX).forEach(at -> {
            text.append("\n  effects of clients ").append(Long.toBinaryString(at.done()));
            text.append(" ").append(at.state());
            text.append("\n    would answer ")
                    .append(model.apply(at.state(), operation.call()).reply());
        });
        return text.toString();
    }
}
