package dev.modulate.resonate.protocol;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a success carries, one record for each shape. */
public sealed interface Answer {
    record Done() implements Answer {}

    record OfPromise(Promise promise) implements Answer {}

    /** @param cursor null on the last page */
    record Promises(List<Promise> promises, @Nullable String cursor) implements Answer {
        public Promises {
            promises = List.copyOf(promises);
        }
    }

    record OfTask(Task task) implements Answer {}

    /**
     * Ownership of a task, or the news that its promise is settled: look at the task's state.
     *
     * @param preload other promises of the branch; a cache warmer, never complete
     */
    record Grant(Task task, Promise promise, List<Promise> preload) implements Answer {
        public Grant {
            preload = List.copyOf(preload);
        }
    }

    /** @param cursor null on the last page */
    record Tasks(List<Task> tasks, @Nullable String cursor) implements Answer {
        public Tasks {
            tasks = List.copyOf(tasks);
        }
    }

    /** Other promises of the branch; a cache warmer, never complete. */
    record Preload(List<Promise> promises) implements Answer {
        public Preload {
            promises = List.copyOf(promises);
        }
    }

    /**
     * The fenced action's own reply: the outer one only says that the caller still owned the task.
     *
     * @param kind of the action
     * @param preload other promises of the branch; a cache warmer, never complete
     */
    record Fenced(String kind, Reply<OfPromise> action, List<Promise> preload) implements Answer {
        public Fenced {
            preload = List.copyOf(preload);
        }
    }

    record OfSchedule(Schedule schedule) implements Answer {}

    /** @param cursor null on the last page */
    record Schedules(List<Schedule> schedules, @Nullable String cursor) implements Answer {
        public Schedules {
            schedules = List.copyOf(schedules);
        }
    }

    /** All timers up to the time asked for have fired. */
    record Ticked() implements Answer {}

    record OfSnapshot(Snapshot snapshot) implements Answer {}
}
