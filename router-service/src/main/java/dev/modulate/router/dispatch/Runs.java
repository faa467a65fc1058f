package dev.modulate.router.dispatch;

import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Every call this router works on, and how many stand where. The only place that changes a state. */
final class Runs {
    private final Map<String, Run> byId = new HashMap<>();
    private final Map<RunState, int[]> counts = new EnumMap<>(RunState.class);
    private int waiting;

    Runs() {
        for (var state : RunState.values()) {
            counts.put(state, new int[1]);
        }
    }

    @Nullable
    Run find(String id) {
        return byId.get(id);
    }

    void add(Run run) {
        if (byId.putIfAbsent(run.id, run) != null) {
            throw new IllegalStateException("two runs of " + run.id);
        }
        count(run.state, 1);
    }

    void move(Run run, RunState next) {
        if (!run.state.leads(next)) {
            throw new IllegalStateException(run.id + ": " + run.state + " does not lead to " + next);
        }
        count(run.state, -1);
        run.state = next;
        if (next == RunState.DONE) {
            byId.remove(run.id);
        } else {
            count(next, 1);
        }
    }

    /** Calls that no node has. */
    int waiting() {
        return waiting;
    }

    int count(RunState state) {
        return counter(state)[0];
    }

    private void count(RunState state, int change) {
        counter(state)[0] += change;
        if (!state.onNode()) {
            waiting += change;
        }
    }

    private int[] counter(RunState state) {
        int[] counter = counts.get(state);
        if (counter == null) {
            throw new IllegalStateException("no counter of " + state);
        }
        return counter;
    }
}
