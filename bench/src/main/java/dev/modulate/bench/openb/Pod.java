package dev.modulate.bench.openb;

import dev.modulate.router.placement.Needs;

/**
 * One task of a trace.
 *
 * @param devices it takes; zero for one that needs the CPU only
 * @param millis thousandths of each of its devices
 * @param seconds it ran; not above zero when the trace does not say
 */
record Pod(Needs needs, int devices, int millis, double seconds) {
    /** Thousandths of devices in all. */
    int demand() {
        return devices * millis;
    }
}
