package dev.modulate.resonate.lane;

import dev.modulate.resonate.protocol.Schedule;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/** All schedules, and when each is due. Not safe for threads. */
final class Timetable {
    private final NavigableMap<String, Schedule> schedules = new TreeMap<>();
    private final NavigableMap<String, Schedule> shown = Collections.unmodifiableNavigableMap(schedules);
    private final Map<String, Alarms.Alarm> set = new HashMap<>();
    private final Alarms alarms = new Alarms();

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

    /** Takes the schedules that are due; the next alarm of each is set when it is put. */
    List<String> due(long nowMillis) {
        var due = new ArrayList<String>();
        for (var alarm = alarms.due(nowMillis); alarm != null; alarm = alarms.due(nowMillis)) {
            set.remove(alarm.id());
            due.add(alarm.id());
        }
        return due;
    }

    /** Sets the alarm of a schedule that was not run. */
    void rearm(String id) {
        var schedule = schedules.get(id);
        if (schedule != null && !set.containsKey(id)) {
            ring(id, schedule.nextRunAtMillis());
        }
    }

    long nextMillis() {
        return alarms.nextMillis();
    }

    void clear() {
        schedules.clear();
        set.clear();
        alarms.clear();
    }
}
