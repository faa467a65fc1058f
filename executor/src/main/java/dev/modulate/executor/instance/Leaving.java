package dev.modulate.executor.instance;

import dev.modulate.executor.call.Reservation;
import dev.modulate.executor.device.Devices;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Instances that were removed and may still hold device memory: their process has not ended, or the driver has not given
 * the memory back. Nothing starts in their place before. Owned by the lane.
 */
final class Leaving {
    /** Time from the end of a process until its memory has to be back. */
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private final Devices devices;
    private final LongSupplier nanoTime;
    private final Map<PooledInstance, @Nullable Exit> all = new LinkedHashMap<>();

    private record Exit(long processGroup, long untilNanos, BooleanSupplier vacated) {}

    Leaving(Devices devices, LongSupplier nanoTime) {
        this.devices = devices;
        this.nanoTime = nanoTime;
    }

    void add(PooledInstance pooled) {
        if (!pooled.reservations.isEmpty()) {
            all.put(pooled, null);
        }
    }

    /** @param processGroup zero when there was no process */
    void exited(PooledInstance pooled, long processGroup) {
        if (!all.containsKey(pooled)) {
            return;
        }
        if (processGroup == 0) {
            all.remove(pooled);
        } else {
            all.put(
                    pooled,
                    new Exit(
                            processGroup,
                            nanoTime.getAsLong() + PATIENCE.toNanos(),
                            devices.vacated(processGroup, deviceIds(pooled))));
        }
    }

    /** Lets go of those whose memory is back, and of those for whom there is no hope: their devices are out of service. */
    void tick() {
        long now = nanoTime.getAsLong();
        all.entrySet().removeIf(entry -> {
            var exit = entry.getValue();
            if (exit == null || exit.vacated().getAsBoolean()) {
                return exit != null;
            }
            if (now - exit.untilNanos() < 0) {
                return false;
            }
            devices.keepsMemory(exit.processGroup(), deviceIds(entry.getKey()));
            return true;
        });
    }

    /** False while one that leaves holds a device that is asked for. */
    boolean leaveRoomFor(List<Reservation> wanted) {
        tick();
        return wanted.stream()
                .noneMatch(reservation ->
                        all.keySet().stream().anyMatch(pooled -> pooled.reservedBytes(reservation.deviceId()) > 0));
    }

    private static List<String> deviceIds(PooledInstance pooled) {
        return pooled.reservations.stream().map(Reservation::deviceId).toList();
    }
}
