package dev.modulate.executor.gpu;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class AbsentDriverTest {
    @Test
    void absentLibraryGivesNoDevicesAndOneLine() {
        try (var log = LogLines.open();
                var devices = NvmlDevices.open(
                        NvmlStub.settings("libnvidia-ml-absent.so.1"), FakeTest.NEVER, meters(), () -> 0)) {
            devices.start();
            assertThat(devices.list()).isEmpty();
            assertThat(devices.loads()).isEmpty();
            assertThat(log.lines())
                    .singleElement()
                    .asString()
                    .startsWith(
                            "WARN no GPUs: the NVIDIA driver cannot be asked [library=\"libnvidia-ml-absent.so.1\"");
        }
    }

    @Test
    void absentDriverWhereGpusAreExpectedIsAnAlarm() {
        var registry = new SimpleMeterRegistry();
        var settings = new GpuSettings(
                GpuSettings.Simulated.NONE, "/nowhere/lib.so", "libcuda.so.1", 8, "", Duration.ofSeconds(1));
        try (var devices = NvmlDevices.open(settings, FakeTest.NEVER, new HealthMeters(registry), () -> 0)) {
            assertThat(devices.list()).isEmpty();
            assertThat(devices.alarm()).isEqualTo("8 of the GPUs that gpu-executor.expected-gpus names are missing");
            assertThat(registry.get("modulate.device.missing").gauge().value()).isEqualTo(8);
        }
    }

    private static HealthMeters meters() {
        return new HealthMeters(new SimpleMeterRegistry());
    }

    @Test
    void pathThatIsNoLibraryGivesNoDevices() {
        try (var devices =
                NvmlDevices.open(NvmlStub.settings("/nowhere/libnvidia-ml.so.1"), FakeTest.NEVER, meters(), () -> 0)) {
            assertThat(devices.list()).isEmpty();
        }
    }
}
