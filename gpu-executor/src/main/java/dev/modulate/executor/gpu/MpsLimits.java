package dev.modulate.executor.gpu;

import dev.modulate.executor.call.Reservation;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Limits of a share, as variables for a client of NVIDIA's MPS control daemon: it refuses memory above, and caps the compute. */
final class MpsLimits {
    private static final int MILLIS_PER_PERCENT = 10;
    private static final int MIB_SHIFT = 20;

    private MpsLimits() {}

    /**
     * Nothing for what is no share: whole devices and memory without compute do not go through MPS.
     *
     * @param pipe folder of the daemon's pipes; empty when none runs
     */
    static Map<String, String> of(List<Reservation> reservations, String pipe) {
        if (pipe.isEmpty() || reservations.isEmpty() || !reservations.stream().allMatch(Reservation::isShare)) {
            return Map.of();
        }
        // By position: a client numbers the devices that it sees.
        String memory = IntStream.range(0, reservations.size())
                .mapToObj(i -> i + "=" + (reservations.get(i).memoryBytes() >> MIB_SHIFT) + "M")
                .collect(Collectors.joining(","));
        int millis =
                reservations.stream().mapToInt(Reservation::shareMillis).min().orElseThrow();
        return Map.of(
                "CUDA_MPS_PIPE_DIRECTORY",
                pipe,
                "CUDA_MPS_PINNED_DEVICE_MEM_LIMIT",
                memory,
                "CUDA_MPS_ACTIVE_THREAD_PERCENTAGE",
                String.valueOf(Math.max(1, millis / MILLIS_PER_PERCENT)));
    }
}
