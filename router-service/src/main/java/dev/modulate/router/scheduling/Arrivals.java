package dev.modulate.router.scheduling;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The calls of one line in the order in which they came: each knows its neighbours, so that coming and going touch few. */
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

    /** Those that come back from a node came before most of the others. */
    void add(Waiting entry) {
        if (last == null || last.sequence < entry.sequence) {
            link(last, entry, null);
            return;
        }
        var next = first;
        while (next != null && next.sequence < entry.sequence) {
            next = next.after;
        }
        link(next == null ? last : next.before, entry, next);
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
        entry.before = null;
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
