package dev.modulate.resonate.lane;

import dev.modulate.resonate.protocol.Schedule;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Queue;
import java.util.TreeMap;

/** All schedules, and when each is due. Not safe for threads. */
final class Timetable {
    private final NavigableMap<String, Schedule> schedules = new TreeMap<>();
    private final NavigableMap<String, Schedule> shown = Collections.unmodifiableNavigableMap(schedules);
    private final Map<String, Alarms.Alarm> set = new HashMap<>();
    private final Alarms alarms = new Alarms();

    /** Ids of those that were due and have not run. */
    private final Queue<String> turn = new ArrayDeque<>();

    NavigableMap<String, Schedule> all() {
        return shown;
    }

    void put(Schedule schedule) {
        schedules.put(schedule.id(), schedule);
        ring(schedule.id(), schedule.nextRunAtMillis());
    }

    void remove(String id) {
        schedules.remove(id);
        ring(id, Long.MAX_VALUE);
    }

    private void ring(String id, long atMillis) {
        var alarm = alarms.set(set.remove(id), id, atMillis);
        if (alarm != null) {
            set.put(id, alarm);
        }
    }

    /**
     * Takes the next schedules that are due; the next alarm of each is set when it is put. All that are due have their turn
     * before one that is due again: who has missed years of runs holds none of the others up.
     */
    List<String> due(long nowMillis, int schedulesMax) {
        if (turn.isEmpty()) {
            for (var alarm = alarms.due(nowMillis); alarm != null; alarm = alarms.due(nowMillis)) {
                set.remove(alarm.id());
                turn.add(alarm.id());
            }
        }
        var due = new ArrayList<String>();
        while (due.size() < schedulesMax && !turn.isEmpty()) {
            due.add(turn.remove());
        }
        return due;
    }

    /** Sets the alarm of a schedule that was not run, to that time at the earliest. */
    void rearm(String id, long earliestMillis) {
        var schedule = schedules.get(id);
        if (schedule != null && !set.containsKey(id)) {
            ring(id, Math.max(schedule.nextRunAtMillis(), earliestMillis));
        }
    }

    long nextMillis() {
        return turn.isEmpty() ? alarms.nextMillis() : Long.MIN_VALUE;
    }

    void clear() {
        schedules.clear();
        set.clear();
        turn.clear();
        alarms.clear();
    }
}
