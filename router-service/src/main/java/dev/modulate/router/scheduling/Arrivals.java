package dev.modulate.router.scheduling;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The calls of one line in the order in which they were called: each knows its neighbours, so that coming and going touch few. */
final class Arrivals {
    private @Nullable Waiting first;
    private @Nullable Waiting last;
    private int size;

    int size() {
        return size;
    }

    @Nullable
    Waiting first() {
        return first;
    }

    /** Most are the last, and those that come back from a node nearly the first: its place is looked for from both ends. */
    void add(Waiting entry) {
        var before = last;
        var after = first;
        while (before != null && after != null) {
            if (isBefore(before, entry)) {
                link(before, entry, before.after);
                return;
            }
            if (isBefore(entry, after)) {
                link(after.before, entry, after);
                return;
            }
            before = before.before;
            after = after.after;
        }
        link(null, entry, null);
    }

    private static boolean isBefore(Waiting one, Waiting other) {
        return Waiting.BY_ARRIVAL.compare(one, other) < 0;
    }

    private void link(@Nullable Waiting before, Waiting entry, @Nullable Waiting after) {
        entry.before = before;
        entry.after = after;
        if (before == null) {
            first = entry;
        } else {
            before.after = entry;
        }
        if (after == null) {
            last = entry;
        } else {
            after.before = entry;
        }
        size++;
    }

    void remove(Waiting entry) {
        var before = entry.before;
        var after = entry.after;
        if (before == null) {
            first = after;
        } else {
            before.after = after;
        }
        if (after == null) {
            last = before;
        } else {
            after.before = before;
        }
        if (before != null) {
            // The first has none, and what is written costs more than what is read.
            entry.before = null;
        }
        entry.after = null;
        size--;
    }

    void forEach(Consumer<Waiting> action) {
        for (var entry = first; entry != null; entry = entry.after) {
            action.accept(entry);
        }
    }

    /** From 1. */
    int position(Waiting wanted) {
        int position = 1;
        for (var entry = first; entry != null && entry != wanted; entry = entry.after) {
            position++;
        }
        return position;
    }
}
