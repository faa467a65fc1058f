package dev.modulate.resonate.lane;

import java.util.Comparator;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** When which entry wants to be looked at. Not safe for threads. */
final class Alarms {
    private static final Comparator<Alarm> BY_TIME =
            Comparator.comparingLong(Alarm::atMillis).thenComparing(Alarm::id);

    private final TreeSet<Alarm> alarms = new TreeSet<>(BY_TIME);

    record Alarm(long atMillis, String id) {}

    /**
     * Sets the alarm of an entry. An alarm may ring too early, never too late: leases are renewed far more often than
     * they end.
     *
     * @param old alarm of the same entry
     * @return the alarm that is set now; null for none
     */
    @Nullable
    Alarm set(@Nullable Alarm old, String id, long atMillis) {
        if (old != null && old.atMillis() <= atMillis && atMillis != Long.MAX_VALUE) {
            return old;
        }
        if (old != null) {
            alarms.remove(old);
        }
        if (atMillis == Long.MAX_VALUE) {
            return null;
        }
        var alarm = new Alarm(atMillis, id);
        alarms.add(alarm);
        return alarm;
    }

    /** Takes the first alarm whose time has come. */
    @Nullable
    Alarm due(long nowMillis) {
        return alarms.isEmpty() || alarms.first().atMillis() > nowMillis ? null : alarms.pollFirst();
    }

    /** When the first alarm rings; {@link Long#MAX_VALUE} when there is none. */
    long nextMillis() {
        return alarms.isEmpty() ? Long.MAX_VALUE : alarms.first().atMillis();
    }

    void clear() {
        alarms.clear();
    }
}
