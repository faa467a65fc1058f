package dev.modulate.executor.gpu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.modulate.executor.call.Isolation;
import dev.modulate.executor.call.Reservation;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class VisibleDevicesTest {
    @Test
    void namesReservedDevicesById() {
        var reservations = List.of(new Reservation("GPU-b", 1), new Reservation("GPU-a", 2));
        assertThat(VisibleDevices.of(reservations, ""))
                .isEqualTo(Map.of("CUDA_VISIBLE_DEVICES", "GPU-b,GPU-a", "NVIDIA_VISIBLE_DEVICES", "GPU-b,GPU-a"));
    }

    @Test
    void namesADeviceOnce() {
        var reservations = List.of(new Reservation("GPU-a", 1), new Reservation("GPU-a", 2));
        assertThat(VisibleDevices.of(reservations, "")).containsEntry("CUDA_VISIBLE_DEVICES", "GPU-a");
    }

    @Test
    void hidesAllDevicesFromAProcessWithoutReservations() {
        assertThat(VisibleDevices.of(List.of(), "/mps"))
                .isEqualTo(Map.of("CUDA_VISIBLE_DEVICES", "", "NVIDIA_VISIBLE_DEVICES", "void"));
    }

    @Test
    void limitsSharesWhereAnMpsDaemonRuns() {
        var shares = List.of(share("GPU-b", 6L << 30, 255), share("GPU-a", 512L << 20, 255));
        assertThat(VisibleDevices.of(shares, "/run/mps"))
                .isEqualTo(Map.of(
                        "CUDA_VISIBLE_DEVICES", "GPU-b,GPU-a",
                        "NVIDIA_VISIBLE_DEVICES", "GPU-b,GPU-a",
                        "CUDA_MPS_PIPE_DIRECTORY", "/run/mps",
                        "CUDA_MPS_PINNED_DEVICE_MEM_LIMIT", "0=6144M,1=512M",
                        "CUDA_MPS_ACTIVE_THREAD_PERCENTAGE", "25"));
        assertThat(VisibleDevices.of(shares, "")).containsOnlyKeys("CUDA_VISIBLE_DEVICES", "NVIDIA_VISIBLE_DEVICES");
    }

    @Test
    void whatIsNoShareDoesNotGoThroughMps() {
        assertThat(List.of(share("GPU-a", 80L << 30, Reservation.WHOLE), new Reservation("MIG-a", 1)))
                .allSatisfy(part -> assertThat(VisibleDevices.of(List.of(part), "/run/mps"))
                        .containsOnlyKeys("CUDA_VISIBLE_DEVICES", "NVIDIA_VISIBLE_DEVICES"));
    }

    private static Reservation share(String device, long bytes, int millis) {
        return new Reservation(device, bytes, millis, Isolation.TENANT);
    }
}
