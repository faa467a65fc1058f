package dev.modulate.api.invocation;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.jspecify.annotations.Nullable;

/**
 * Functions of calls whose callers do not wait, until their result comes by. Some never do: of the oldest half nothing is
 * remembered once there are too many. For any thread.
 */
final class Followed {
    private static final int HALF_MAX = 32_768;

    private volatile ConcurrentMap<String, String> young = new ConcurrentHashMap<>();
    private volatile ConcurrentMap<String, String> old = new ConcurrentHashMap<>();

    void add(String taskId, String function) {
        var half = young;
        half.put(taskId, function);
        if (half.size() >= HALF_MAX) {
            age();
        }
    }

    /** The function, once. */
    @Nullable
    String remove(String taskId) {
        var function = young.remove(taskId);
        return function == null ? old.remove(taskId) : function;
    }

    private synchronized void age() {
        if (young.size() >= HALF_MAX) {
            old = young;
            young = new ConcurrentHashMap<>();
        }
    }
}
