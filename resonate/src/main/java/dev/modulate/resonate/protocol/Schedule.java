package dev.modulate.resonate.protocol;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Creates a promise each time its cron expression says so.
 *
 * @param promiseId template: {@code {{.id}}} is the schedule's id, {@code {{.timestamp}}} the tick in milliseconds
 * @param promiseTimeoutMillis life of each promise, counted from the tick it stands for
 * @param nextRunAtMillis first tick that was not run; {@link Long#MAX_VALUE} when the expression has no more
 * @param lastRunAtMillis last tick that was run; null before the first
 */
public record Schedule(
        String id,
        String cron,
        String promiseId,
        long promiseTimeoutMillis,
        Value promiseParam,
        Map<String, String> promiseTags,
        long createdAtMillis,
        long nextRunAtMillis,
        @Nullable Long lastRunAtMillis) {
    public Schedule {
        promiseTags = Map.copyOf(promiseTags);
    }

    /** The same after it ran. */
    public Schedule ran(long lastRunAtMillis, long nextRunAtMillis) {
        return new Schedule(
                id,
                cron,
                promiseId,
                promiseTimeoutMillis,
                promiseParam,
                promiseTags,
                createdAtMillis,
                nextRunAtMillis,
                lastRunAtMillis);
    }
}
