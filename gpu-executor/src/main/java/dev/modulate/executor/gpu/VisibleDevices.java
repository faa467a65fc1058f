package dev.modulate.executor.gpu;

import dev.modulate.executor.call.Reservation;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Tells a process by its environment which devices are its own. Names them by id: an index means something else to each process. */
final class VisibleDevices {
    static final String CUDA = "CUDA_VISIBLE_DEVICES";
    static final String CONTAINER = "NVIDIA_VISIBLE_DEVICES";

    private VisibleDevices() {}

    /** @param mpsPipe folder of the pipes of an MPS control daemon; empty when none runs */
    static Map<String, String> of(List<Reservation> reservations, String mpsPipe) {
        if (reservations.isEmpty()) {
            // To CUDA an empty list is no device and a missing one is every device; containers say it with a word.
            return Map.of(CUDA, "", CONTAINER, "void");
        }
        String ids = reservations.stream().map(Reservation::deviceId).distinct().collect(Collectors.joining(","));
        var environment = new HashMap<>(MpsLimits.of(reservations, mpsPipe));
        environment.put(CUDA, ids);
        environment.put(CONTAINER, ids);
        return Map.copyOf(environment);
    }
}
