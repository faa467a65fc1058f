package dev.modulate.router.scheduling;

import dev.modulate.router.placement.DeviceReservation;
import dev.modulate.router.placement.DeviceView;
import java.util.ArrayList;
import java.util.List;

/**
 * Who has to leave a device so that a model fits beside the rest: the least recently used of what does not run there.
 * What is pinned stays, up to a quota of the device's memory; beyond it the least recently used of the pinned go too.
 *
 * @param blocked whether there would be room if nothing were pinned
 */
record Eviction(List<Model> victims, boolean blocked) {
    /** Part of a device's memory that pinned functions may keep from others. */
    private static final double PINNED_SHARE_MAX = 0.5;

    private static final Eviction NONE = new Eviction(List.of(), false);

    static Eviction on(Site site, DeviceReservation part, Model model) {
        long memory = memoryBytes(site, part);
        long over = model.bytesOf(memory) - memory;
        long pinned = 0;
        for (var resident : site.residents()) {
            if (resident.model != model && resident.on(part.device())) {
                over += resident.model.bytesOf(memory);
                pinned += resident.model.pinned ? resident.model.bytesOf(memory) : 0;
            }
        }
        return over <= 0 ? NONE : victims(site, part, model, over, pinned - (long) (PINNED_SHARE_MAX * memory));
    }

    private static Eviction victims(
            Site site, DeviceReservation part, Model model, long overBytes, long unprotectedBytes) {
        long memory = memoryBytes(site, part);
        long over = overBytes;
        long unprotected = unprotectedBytes;
        boolean spared = false;
        var victims = new ArrayList<Model>(2);
        for (var resident : site.residents()) {
            if (over <= 0) {
                break;
            }
            var candidate = resident.model;
            if (candidate == model || !resident.on(part.device()) || isUsed(resident)) {
                continue;
            }
            if (candidate.pinned && unprotected <= 0) {
                spared = true;
                continue;
            }
            unprotected -= candidate.pinned ? candidate.bytesOf(memory) : 0;
            over -= candidate.bytesOf(memory);
            victims.add(candidate);
        }
        return new Eviction(victims, over > 0 && spared);
    }

    private static boolean isUsed(Resident resident) {
        return resident.site.runningOf(resident.model) > 0 || resident.site.loading == resident.model;
    }

    private static long memoryBytes(Site site, DeviceReservation part) {
        for (DeviceView device : site.view().devices()) {
            if (device.profile().id().equals(part.device())) {
                return device.profile().memoryBytes();
            }
        }
        return 0;
    }
}
