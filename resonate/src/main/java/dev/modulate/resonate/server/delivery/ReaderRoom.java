package dev.modulate.resonate.server.delivery;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** What may wait for one reader of messages: so many, so many bytes together with all other readers, and so long. */
public final class ReaderRoom {
    public static final int MESSAGES_MAX = 100;

    /** Bytes that wait for all readers together. */
    public static final long BYTES_MAX = 64L << 20;

    /** Checks without any progress after which a reader counts as gone. */
    public static final int IDLE_CHECKS_MAX = 4;

    private final AtomicLong bytesOfAll;
    private final AtomicInteger messages = new AtomicInteger();
    private final AtomicInteger idleChecks = new AtomicInteger();

    /** @param bytesOfAll bytes that wait now, shared by all readers */
    public ReaderRoom(AtomicLong bytesOfAll) {
        this.bytesOfAll = bytesOfAll;
    }

    /** A message is going to wait. False when there is no room, and it must not. */
    public boolean take(int bytes) {
        boolean room = messages.incrementAndGet() <= MESSAGES_MAX;
        room &= bytesOfAll.addAndGet(bytes) <= BYTES_MAX;
        if (!room) {
            drop(bytes);
        }
        return room;
    }

    /** A message that waited goes unread. */
    public void drop(int bytes) {
        messages.decrementAndGet();
        bytesOfAll.addAndGet(-bytes);
    }

    /** The reader has taken a message that waited. */
    public void free(int bytes) {
        drop(bytes);
        idleChecks.set(0);
    }

    public boolean empty() {
        return messages.get() == 0;
    }

    /** Called once in a period: true when the reader has left what waits for it untouched for too many. */
    public boolean stuck() {
        if (empty()) {
            idleChecks.set(0);
            return false;
        }
        return idleChecks.incrementAndGet() > IDLE_CHECKS_MAX;
    }
}
