package dev.modulate.resonate.lane;

import java.time.InstantSource;
import org.jspecify.annotations.Nullable;

/** One reading per operation, and it never goes back. Guarded by the lane's lock. */
final class LaneTime {
    private final InstantSource clock;
    private final PromiseLane.Time source;
    private long now;

    /** A request has said what time it is, in debug mode; the clock is not read from then on. */
    private boolean told;

    LaneTime(InstantSource clock, PromiseLane.Time source) {
        this.clock = clock;
        this.source = source;
    }

    long now(@Nullable Long debugTimeMillis) {
        if (source == PromiseLane.Time.CLOCK) {
            now = Math.max(now, clock.millis());
        } else if (debugTimeMillis != null) {
            now = told ? Math.max(now, debugTimeMillis) : debugTimeMillis;
            told = true;
        } else if (!told) {
            now = clock.millis();
        }
        return now;
    }

    /** The time of the last reading, or a little later. */
    long latest() {
        return source == PromiseLane.Time.CLOCK ? now(null) : now;
    }

    void reset() {
        now = 0;
        told = false;
    }
}
