package dev.modulate.router.scheduling;

import org.jspecify.annotations.Nullable;

/** A few nodes of a kind on which room cost others least when that was last worked out: to begin the next search with. */
final class Bargains {
    static final int MAX = 8;

    private final @Nullable Site[] sites = new Site[MAX];
    private final double[] lostSeconds = new double[MAX];
    private int size;

    int size() {
        return size;
    }

    Site get(int index) {
        var site = sites[index];
        if (site == null) {
            throw new IllegalStateException("bargain " + index + " of " + size);
        }
        return site;
    }

    void clear() {
        size = 0;
    }

    /** Takes it, if need be in place of the dearest. */
    void offer(Site site, double lost) {
        if (size == MAX && lost >= lostSeconds[MAX - 1]) {
            return;
        }
        int at = size < MAX ? size++ : MAX - 1;
        while (at > 0 && lostSeconds[at - 1] > lost) {
            sites[at] = sites[at - 1];
            lostSeconds[at] = lostSeconds[at - 1];
            at--;
        }
        sites[at] = site;
        lostSeconds[at] = lost;
    }
}
