package dev.modulate.executor.run;

import dev.modulate.executor.call.Assignment;
import dev.modulate.executor.call.TaskKey;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Which runs there are, and which were there lately. Owned by the lane. */
final class RunBook {
    /** A task and version that came and went is not taken again; a router repeats itself within moments. */
    private static final int RECENT_MAX = 4096;

    /** Ends that no router was there to hear. */
    private static final int UNHEARD_MAX = 1024;

    private final Map<TaskKey, Run> runs = new LinkedHashMap<>();
    private final Map<TaskKey, Assignment> recent = bounded(RECENT_MAX);
    private final Map<TaskKey, Update> unheard = bounded(UNHEARD_MAX);

    private static <V> Map<TaskKey, V> bounded(int max) {
        return new LinkedHashMap<>() {
            @Override
            protected boolean removeEldestEntry(Map.Entry<TaskKey, V> eldest) {
                return size() > max;
            }
        };
    }

    boolean isNew(TaskKey task) {
        return !runs.containsKey(task) && !recent.containsKey(task);
    }

    void add(Run run) {
        runs.put(run.task(), run);
    }

    void remove(Run run) {
        runs.remove(run.task());
        recent.put(run.task(), run.assignment.withoutInput());
    }

    Collection<Run> all() {
        return runs.values();
    }

    /** Runs of the same task under another version. */
    List<Run> others(TaskKey task) {
        return runs.values().stream()
                .filter(run -> run.task().id().equals(task.id()) && !run.task().equals(task))
                .toList();
    }

    /** Version zero matches any. */
    List<Run> matching(TaskKey task) {
        if (task.version() != 0) {
            Run run = runs.get(task);
            return run == null ? List.of() : List.of(run);
        }
        return others(task);
    }

    int busy() {
        return (int) runs.values().stream().filter(Run::occupiesSlot).count();
    }

    int queued() {
        return (int) runs.values().stream()
                .filter(run -> run.state == Run.State.STARTING)
                .count();
    }

    void unheard(TaskKey task, Update update) {
        if (update instanceof Update.Finished) {
            unheard.put(task, update);
        }
    }

    List<Held> held() {
        var held = new ArrayList<Held>();
        runs.values().forEach(run -> held.add(new Held(run.assignment, news(run))));
        unheard.forEach((task, update) -> {
            Assignment assignment = recent.get(task);
            if (assignment != null) {
                held.add(new Held(assignment, update));
            }
        });
        return held;
    }

    void heard() {
        unheard.clear();
    }

    private static @Nullable Update news(Run run) {
        return run.state == Run.State.FAILED ? run.update : null;
    }
}
