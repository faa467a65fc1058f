package dev.modulate.router.scheduling;

import dev.modulate.router.placement.DeviceReservation;
import dev.modulate.router.placement.DeviceView;
import java.util.ArrayList;
import java.util.List;

/**
 * Who has to leave a device so that a model fits beside the rest: the least recently used of what does not run there, and
 * is not kept.
 *
 * @param blocked whether there would be room if nothing were kept
 */
record Eviction(List<Model> victims, boolean blocked) {
    private static final Eviction NONE = new Eviction(List.of(), false);

    static Eviction on(Site site, DeviceReservation part, Model model) {
        long memory = memoryBytes(site, part);
        long over = model.bytesOf(memory) - memory;
        for (var resident : site.residents()) {
            if (resident.model != model && resident.on(part.device())) {
                over += resident.model.bytesOf(memory);
            }
        }
        return over <= 0 ? NONE : victims(site, part, model, over);
    }

    private static Eviction victims(Site site, DeviceReservation part, Model model, long overBytes) {
        long memory = memoryBytes(site, part);
        long over = overBytes;
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
            if (resident.keptCount > 0) {
                spared = true;
                continue;
            }
            over -= candidate.bytesOf(memory);
            victims.add(candidate);
        }
        return new Eviction(victims, over > 0 && spared);
    }

    private static boolean isUsed(Resident resident) {
        return resident.site.runningOf(resident.model) > 0 || resident.site.loading(resident.model) != null;
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
