package dev.modulate.router.scheduling;

import dev.modulate.router.placement.DeviceReservation;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * Who has to leave a device so that a model fits beside the rest: of what does not run there and is not kept, whoever
 * costs the least for the memory it gives; the least recently used of those that are alike.
 *
 * @param blocked whether there would be room if nothing were kept
 */
record Eviction(List<Model> victims, boolean blocked) {
    private static final Eviction NONE = new Eviction(List.of(), false);

    private record Candidate(Model model, double lossPerByte) {}

    /** @param lossSeconds what it costs that a function goes */
    static Eviction on(Site site, DeviceReservation part, Model model, ToDoubleFunction<Model> lossSeconds) {
        int device = site.view().deviceIndex(part.device());
        long memory = device < 0 ? 0 : site.view().devices().get(device).memoryOfOursBytes();
        long over = model.bytesOf(memory) - memory;
        for (var resident : site.residents()) {
            if (resident.model != model && resident.on(device)) {
                over += resident.model.bytesOf(memory);
            }
        }
        if (over <= 0) {
            return NONE;
        }
        boolean spared = false;
        var candidates = new ArrayList<Candidate>();
        for (var resident : site.residents()) {
            var other = resident.model;
            if (other == model || !resident.on(device) || isUsed(resident)) {
                continue;
            }
            if (resident.keptCount() > 0) {
                spared = true;
                continue;
            }
            double loss = lossSeconds.applyAsDouble(other);
            candidates.add(new Candidate(other, loss / Math.max(1, other.bytesOf(memory))));
        }
        return cheapest(candidates, memory, over, spared);
    }

    private static Eviction cheapest(List<Candidate> candidates, long memory, long overBytes, boolean spared) {
        if (candidates.size() > 1) {
            candidates.sort(Comparator.comparingDouble(Candidate::lossPerByte));
        }
        long over = overBytes;
        var victims = new ArrayList<Model>(2);
        for (var candidate : candidates) {
            if (over <= 0) {
                break;
            }
            over -= candidate.model.bytesOf(memory);
            victims.add(candidate.model);
        }
        return new Eviction(victims, over > 0 && spared);
    }

    private static boolean isUsed(Resident resident) {
        return resident.site.runningOf(resident.model) > 0 || resident.site.loading(resident.model) != null;
    }
}
