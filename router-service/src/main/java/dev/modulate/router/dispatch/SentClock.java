package dev.modulate.router.dispatch;

import java.time.Duration;

/**
 * When a peer said something, in this process's time, from the peer's own monotonic clock: the quickest message of the
 * last minutes gives the offset between the clocks, and what took longer was under way for longer. The offset is
 * forgotten after a while, since no two clocks run alike.
 */
final class SentClock {
    private static final long WINDOW_NANOS = Duration.ofMinutes(1).toNanos();

    private long windowEndsAt = Long.MIN_VALUE;
    private long smallest = Long.MAX_VALUE;
    private long smallestBefore = Long.MAX_VALUE;

    /** Of a message that says when it was sent: when that was, in the time of whoever received it. */
    long sentAt(long receivedAt, long sentByPeersClock) {
        if (receivedAt >= windowEndsAt) {
            smallestBefore = smallest;
            smallest = Long.MAX_VALUE;
            windowEndsAt = receivedAt + WINDOW_NANOS;
        }
        smallest = Math.min(smallest, receivedAt - sentByPeersClock);
        return sentByPeersClock + Math.min(smallest, smallestBefore);
    }
}
