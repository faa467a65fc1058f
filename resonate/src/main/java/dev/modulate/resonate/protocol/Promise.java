package dev.modulate.resonate.protocol;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A durable promise as a server shows it. Times are milliseconds since the epoch.
 *
 * @param settledAtMillis null exactly while the promise is pending
 */
public record Promise(
        String id,
        PromiseState state,
        Value param,
        Value value,
        Map<String, String> tags,
        long timeoutAtMillis,
        long createdAtMillis,
        @Nullable Long settledAtMillis) {
    public Promise {
        tags = Map.copyOf(tags);
    }

    /** Characters of all its texts, which is about what it takes in memory and on the wire. */
    public long chars() {
        return id.length() + param.chars() + value.chars() + Value.chars(tags);
    }
}
