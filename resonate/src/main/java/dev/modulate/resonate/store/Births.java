package dev.modulate.resonate.store;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/**
 * Says which promises are pending with one record a commit, not one a promise: a list of the ids that the commit created.
 * A list is deleted once all of it is settled. Until then it names settled promises too; lists of which most is settled
 * are merged into the newest, so that all of them never name more than twice what is pending, and a little.
 *
 * <p>This is what memory knows of the lists; {@link Lists} writes them. Used by one thread.
 */
final class Births {
    /** Settled promises that are named beyond as many as are pending: fewer are worth no merging. */
    static final int SETTLED_MAX = 4_096;

    private final Map<String, Birth> pending = new HashMap<>();
    private final Deque<Birth> thinned = new ArrayDeque<>();
    private final List<Long> ended = new ArrayList<>();
    private Birth open = new Birth(0);
    private long named;

    /** A list. The one that is open is not written yet, and names nothing so far. */
    private static final class Birth {
        private final long number;
        private List<String> ids = new ArrayList<>();
        private int namedCount;
        private int pendingCount;

        private Birth(long number) {
            this.number = number;
        }

        private boolean mostlySettled() {
            return pendingCount * 2 < namedCount;
        }
    }

    /** Writes lists, together with what made them so. */
    interface Lists {
        void put(long number, List<String> ids);

        void delete(long number);
    }

    /** There are no lists. */
    void clear() {
        pending.clear();
        thinned.clear();
        ended.clear();
        named = 0;
        open = new Birth(open.number);
    }

    /** A list that is there at the start. They come in the order of their numbers. */
    void recovered(long number, List<String> ids, Predicate<String> isPending) {
        var birth = new Birth(number);
        for (String id : ids) {
            if (isPending.test(id)) {
                join(birth, id);
            }
        }
        close(birth, ids.size());
        open = new Birth(number + 1);
        if (birth.pendingCount == 0) {
            end(birth);
        } else if (birth.mostlySettled()) {
            thinned.add(birth);
        }
    }

    /** A pending promise came to be. */
    void created(String id) {
        join(open, id);
    }

    private void join(Birth birth, String id) {
        var before = pending.put(id, birth);
        if (before != null) {
            // An id that was removed and came back: an old list still names it.
            before.pendingCount--;
        }
        birth.ids.add(id);
        birth.pendingCount++;
    }

    private void close(Birth birth, int namedCount) {
        birth.namedCount = namedCount;
        named += namedCount;
    }

    void settled(String id) {
        var birth = pending.remove(id);
        if (birth == null) {
            return;
        }
        boolean thin = birth.mostlySettled();
        birth.pendingCount--;
        if (birth == open) {
            return;
        }
        if (birth.pendingCount == 0) {
            end(birth);
        } else if (!thin && birth.mostlySettled()) {
            thinned.add(birth);
        }
    }

    private void end(Birth birth) {
        named -= birth.namedCount;
        birth.ids = List.of();
        ended.add(birth.number);
    }

    /** The commit ends: writes what has changed. */
    void commit(Lists lists) {
        while (named > 2L * pending.size() + SETTLED_MAX && !thinned.isEmpty()) {
            merge(thinned.remove());
        }
        ended.forEach(lists::delete);
        ended.clear();
        if (open.pendingCount == 0) {
            open.ids.clear();
            return;
        }
        open.ids.removeIf(id -> pending.get(id) != open);
        close(open, open.ids.size());
        lists.put(open.number, open.ids);
        open = new Birth(open.number + 1);
    }

    private void merge(Birth birth) {
        if (birth.pendingCount == 0) {
            return;
        }
        for (String id : birth.ids) {
            if (pending.get(id) == birth) {
                join(open, id);
            }
        }
        end(birth);
    }

    /** Ids in all lists that are written. */
    long named() {
        return named;
    }
}
