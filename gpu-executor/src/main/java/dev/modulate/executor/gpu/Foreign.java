package dev.modulate.executor.gpu;

import java.time.Duration;

/**
 * How much memory of a device has been foreign for a while: the least that was seen in the last second or two. The driver
 * says at different moments what is in use and who uses it, and the memory of a process that ended takes a moment to come
 * back. In steps, as every change is news to the router. No clock. Owned by who measures.
 */
final class Foreign {
    private static final long WHILE_NANOS = Duration.ofSeconds(1).toNanos();
    private static final long STEP_BYTES = 64L << 20;

    private boolean begun;
    private long sinceNanos;
    private long least;
    private long leastBefore;

    /** @param bytes that are foreign now; the first are believed at once */
    long lasting(long bytes, long nowNanos) {
        if (!begun) {
            begun = true;
            sinceNanos = nowNanos;
            leastBefore = bytes;
            least = bytes;
        } else if (nowNanos - sinceNanos >= WHILE_NANOS) {
            sinceNanos = nowNanos;
            leastBefore = least;
            least = bytes;
        } else {
            least = Math.min(least, bytes);
        }
        return Math.min(least, leastBefore) / STEP_BYTES * STEP_BYTES;
    }
}
