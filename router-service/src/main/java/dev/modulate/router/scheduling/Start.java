package dev.modulate.router.scheduling;

import dev.modulate.router.placement.DeviceReservation;
import dev.modulate.router.placement.Warmth;
import java.util.List;

/**
 * A call and the place where it starts.
 *
 * @param room what has to go from there
 */
record Start(Waiting entry, Site site, List<DeviceReservation> devices, Warmth warmth, Room room) {
    /** Where an idle instance waits for it. */
    static Start warm(Waiting entry, Site site, List<DeviceReservation> devices) {
        return new Start(entry, site, devices, Warmth.IDLE, Room.ENOUGH);
    }

    boolean isFor(Call call) {
        return entry.call.id().equals(call.id());
    }
}
