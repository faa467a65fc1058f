package dev.modulate.resonate.machine;

import dev.modulate.resonate.protocol.Task;
import dev.modulate.resonate.protocol.TaskState;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The task of a promise.
 *
 * <pre>
 * PENDING  --acquire (version + 1)--> ACQUIRED --suspend--> SUSPENDED
 * PENDING  &lt;--release, lease end----  ACQUIRED
 * PENDING  &lt;--an awaited promise settles-----------------  SUSPENDED
 * any but FULFILLED --halt--> HALTED --continue--> PENDING
 * any --the promise settles--> FULFILLED
 * </pre>
 *
 * @param resumes wake-ups that came while the task was not suspended; information only
 * @param ttlMillis length of the lease; only while acquired
 * @param pid owner; only while acquired
 * @param timerAtMillis end of the lease while acquired, next message while pending, else {@link Long#MAX_VALUE}
 * @param awaited promises that will resume this task
 */
public record TaskEntry(
        TaskState state,
        long version,
        int resumes,
        @Nullable Long ttlMillis,
        @Nullable String pid,
        long timerAtMillis,
        Set<String> awaited) {
    public TaskEntry {
        awaited = Set.copyOf(awaited);
    }

    static TaskEntry acquired(long version, String pid, long ttlMillis, long nowMillis) {
        return new TaskEntry(TaskState.ACQUIRED, version, 0, ttlMillis, pid, Step.plus(nowMillis, ttlMillis), Set.of());
    }

    static TaskEntry born(long timerAtMillis) {
        return new TaskEntry(TaskState.PENDING, 0, 0, null, null, timerAtMillis, Set.of());
    }

    TaskEntry pending(long timerAtMillis) {
        return new TaskEntry(TaskState.PENDING, version, resumes, null, null, timerAtMillis, awaited);
    }

    TaskEntry suspended(Set<String> awaited) {
        return new TaskEntry(TaskState.SUSPENDED, version, 0, null, null, Long.MAX_VALUE, awaited);
    }

    TaskEntry halted() {
        return new TaskEntry(TaskState.HALTED, version, resumes, null, null, Long.MAX_VALUE, awaited);
    }

    TaskEntry fulfilled() {
        return new TaskEntry(TaskState.FULFILLED, version, 0, null, null, Long.MAX_VALUE, Set.of());
    }

    TaskEntry timed(long timerAtMillis) {
        return new TaskEntry(state, version, resumes, ttlMillis, pid, timerAtMillis, awaited);
    }

    TaskEntry resumed() {
        return new TaskEntry(state, version, resumes + 1, ttlMillis, pid, timerAtMillis, awaited);
    }

    /** Its owner goes on and looks at everything again. */
    TaskEntry noticed() {
        return new TaskEntry(state, version, 0, ttlMillis, pid, timerAtMillis, awaited);
    }

    TaskEntry awaiting(Set<String> awaited) {
        return new TaskEntry(state, version, resumes, ttlMillis, pid, timerAtMillis, awaited);
    }

    boolean heldAt(long version) {
        return state == TaskState.ACQUIRED && this.version == version;
    }

    /** Length of the lease; asked for while acquired only. */
    long leaseMillis() {
        return ttlMillis == null ? 0 : ttlMillis;
    }

    /** As it is shown to callers. */
    public Task task(String id) {
        return new Task(id, state, version, resumes, ttlMillis, pid);
    }

    /** True when it awaits too many promises at a time: all are in its record. */
    static boolean crowded(Set<String> awaited) {
        return awaited.size() > Entry.AWAITERS_MAX;
    }
}
