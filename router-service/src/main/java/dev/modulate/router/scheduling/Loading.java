package dev.modulate.router.scheduling;

import dev.modulate.router.placement.DeviceReservation;
import dev.modulate.router.placement.Warmth;
import java.util.List;

/**
 * A load that no call is bound to.
 *
 * @param from how warm its node was when it was ordered
 * @param until when it is expected to be done
 * @param spentSeconds of the budget; zero for what is to be kept
 */
record Loading(
        Model model, List<DeviceReservation> devices, Warmth from, long begunAt, long until, double spentSeconds) {
    Loading {
        devices = List.copyOf(devices);
    }

    boolean isKept() {
        return spentSeconds == 0;
    }

    boolean contends(List<DeviceReservation> other) {
        for (var part : devices) {
            for (var wanted : other) {
                if (part.device().equals(wanted.device())) {
                    return true;
                }
            }
        }
        return false;
    }
}
