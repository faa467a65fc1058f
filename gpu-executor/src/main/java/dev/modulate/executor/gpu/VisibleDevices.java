package dev.modulate.executor.gpu;

import dev.modulate.executor.call.Reservation;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Tells a process by its environment which devices are its own. Names them by id: an index means something else to each process. */
final class VisibleDevices {
    static final String CUDA = "CUDA_VISIBLE_DEVICES";
    static final String CONTAINER = "NVIDIA_VISIBLE_DEVICES";

    private VisibleDevices() {}

    static Map<String, String> of(List<Reservation> reservations) {
        if (reservations.isEmpty()) {
            // To CUDA an empty list is no device and a missing one is every device; containers say it with a word.
            return Map.of(CUDA, "", CONTAINER, "void");
        }
        String ids = reservations.stream().map(Reservation::deviceId).distinct().collect(Collectors.joining(","));
        return Map.of(CUDA, ids, CONTAINER, ids);
    }
}
