package dev.modulate.executor.gpu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.modulate.executor.call.Reservation;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class VisibleDevicesTest {
    @Test
    void namesReservedDevicesById() {
        var reservations = List.of(new Reservation("GPU-b", 1), new Reservation("GPU-a", 2));
        assertThat(VisibleDevices.of(reservations))
                .isEqualTo(Map.of("CUDA_VISIBLE_DEVICES", "GPU-b,GPU-a", "NVIDIA_VISIBLE_DEVICES", "GPU-b,GPU-a"));
    }

    @Test
    void namesADeviceOnce() {
        var reservations = List.of(new Reservation("GPU-a", 1), new Reservation("GPU-a", 2));
        assertThat(VisibleDevices.of(reservations)).containsEntry("CUDA_VISIBLE_DEVICES", "GPU-a");
    }

    @Test
    void hidesAllDevicesFromAProcessWithoutReservations() {
        assertThat(VisibleDevices.of(List.of()))
                .isEqualTo(Map.of("CUDA_VISIBLE_DEVICES", "", "NVIDIA_VISIBLE_DEVICES", "void"));
    }
}
