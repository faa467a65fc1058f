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

    /** Takes it, if need be in place of the dearest; what it cost before is forgotten. */
    void offer(Site site, double lost) {
        forget(site);
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

    private void forget(Site site) {
        for (int i = 0; i < size; i++) {
            if (sites[i] == site) {
                size--;
                System.arraycopy(sites, i + 1, sites, i, size - i);
                System.arraycopy(lostSeconds, i + 1, lostSeconds, i, size - i);
                return;
            }
        }
    }
}
