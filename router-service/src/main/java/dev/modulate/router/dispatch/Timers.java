package dev.modulate.router.dispatch;

import java.time.Duration;
import java.util.NavigableSet;
import java.util.TreeSet;
import java.util.function.LongSupplier;

/** Alarms of one owner thread; every method is for that thread. Times are nanoseconds since the timers were made. */
public final class Timers {
    static final long NEVER = Long.MAX_VALUE;

    private final LongSupplier nanoTime;
    private final long origin;
    private final NavigableSet<Alarm> armed = new TreeSet<>();
    private long sequence;

    public Timers(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
        this.origin = nanoTime.getAsLong();
    }

    /** Rings once each time it is armed. */
    static final class Alarm implements Comparable<Alarm> {
        private final Runnable action;
        private final long sequence;
        private long at = NEVER;

        private Alarm(Runnable action, long sequence) {
            this.action = action;
            this.sequence = sequence;
        }

        @Override
        public int compareTo(Alarm other) {
            return at != other.at ? Long.compare(at, other.at) : Long.compare(sequence, other.sequence);
        }

        @Override
        public boolean equals(Object other) {
            return this == other;
        }

        @Override
        public int hashCode() {
            return System.identityHashCode(this);
        }
    }

    long now() {
        return nanoTime.getAsLong() - origin;
    }

    Alarm alarm(Runnable action) {
        return new Alarm(action, sequence++);
    }

    /** Moves the alarm; {@link #NEVER} disarms it. */
    void arm(Alarm alarm, long at) {
        if (alarm.at == at) {
            return;
        }
        if (alarm.at != NEVER) {
            armed.remove(alarm);
        }
        alarm.at = at;
        if (at != NEVER) {
            armed.add(alarm);
        }
    }

    void after(Duration pause, Runnable action) {
        arm(alarm(action), now() + pause.toNanos());
    }

    /** Rings what is due; returns the nanoseconds until the next alarm. */
    public long ring() {
        while (!armed.isEmpty()) {
            var first = armed.first();
            long wait = first.at - now();
            if (wait > 0) {
                return wait;
            }
            arm(first, NEVER);
            first.action.run();
        }
        return NEVER;
    }
}
