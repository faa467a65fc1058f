package dev.modulate.router.simulation;

/**
 * Of what is between schedulers and GPUs.
 *
 * @param delayMillis of a message, one way
 * @param reportMillis between two load reports of a GPU, for schedulers that bind early
 * @param routers that bind early, each with a view of its own
 * @param prefetch whether a GPU with a queue loads what comes next while it runs
 * @param noColdStarts every model is on every GPU
 */
record Setup(double delayMillis, double reportMillis, int routers, boolean prefetch, boolean noColdStarts) {
    static final Setup DEFAULT = new Setup(1, 100, 3, false, false);

    Setup prefetching() {
        return new Setup(delayMillis, reportMillis, routers, true, noColdStarts);
    }

    Setup reporting(double eachMillis) {
        return new Setup(delayMillis, eachMillis, routers, prefetch, noColdStarts);
    }

    Setup withoutColdStarts() {
        return new Setup(delayMillis, reportMillis, routers, prefetch, true);
    }

    Setup withoutDelay() {
        return new Setup(0, reportMillis, routers, prefetch, noColdStarts);
    }

    long delay() {
        return Events.nanos(delayMillis / 1e3);
    }

    long report() {
        return Events.nanos(reportMillis / 1e3);
    }
}
