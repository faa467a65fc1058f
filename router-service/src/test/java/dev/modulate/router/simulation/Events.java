package dev.modulate.router.simulation;

import java.util.Comparator;
import java.util.PriorityQueue;

/** The future: what happens when. Events of one moment happen in the order in which they were planned. */
final class Events {
    private final PriorityQueue<Event> heap =
            new PriorityQueue<>(Comparator.comparingLong(Event::at).thenComparingLong(Event::sequence));
    private long sequence;
    private long now;

    private record Event(long at, long sequence, Runnable action) {}

    long now() {
        return now;
    }

    void at(long when, Runnable action) {
        heap.add(new Event(Math.max(now, when), sequence++, action));
    }

    void after(long nanos, Runnable action) {
        at(now + nanos, action);
    }

    /** False when nothing is left. */
    boolean step() {
        var event = heap.poll();
        if (event == null) {
            return false;
        }
        now = event.at;
        event.action.run();
        return true;
    }

    static long nanos(double seconds) {
        return Math.round(seconds * 1e9);
    }
}
