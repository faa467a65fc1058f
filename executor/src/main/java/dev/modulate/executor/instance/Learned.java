package dev.modulate.executor.instance;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What was learned about functions on this node: how long they take to load and to run. Owned by the lane. */
final class Learned {
    private static final int FUNCTIONS_MAX = 256;

    /** Share of the newest observation. */
    private static final double NEWEST = 0.2;

    /** Of one function version. */
    static final class Durations {
        final String artifactSha256;

        @Nullable
        Duration load;

        @Nullable
        Duration run;

        Durations(String artifactSha256) {
            this.artifactSha256 = artifactSha256;
        }
    }

    private final LinkedHashMap<String, Durations> functions = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Durations> eldest) {
            return size() > FUNCTIONS_MAX;
        }
    };

    Durations of(String functionKey, String artifactSha256) {
        return functions.computeIfAbsent(functionKey, key -> new Durations(artifactSha256));
    }

    Set<Map.Entry<String, Durations>> all() {
        return functions.entrySet();
    }

    static Duration blend(@Nullable Duration old, Duration observed) {
        if (old == null) {
            return observed;
        }
        return Duration.ofNanos(Math.round(old.toNanos() * (1 - NEWEST) + observed.toNanos() * NEWEST));
    }
}
