package dev.modulate.executor.gpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.modulate.executor.call.Reservation;
import dev.modulate.executor.device.Accelerator;
import dev.modulate.executor.device.Accelerator.Slice;
import dev.modulate.executor.device.AcceleratorLoad;
import dev.modulate.observability.settings.SettingsException;
import dev.modulate.observability.settings.SettingsReader;
import dev.modulate.observability.settings.SettingsSource;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GpuExecutorTest {
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();

    @Test
    void asksTheDriverUnlessToldToSimulate() {
        assertThat(read(Map.of()))
                .isEqualTo(new GpuSettings(
                        new GpuSettings.Simulated(0, 24L << 30, "gpu", List.of(), 0),
                        "libnvidia-ml.so.1",
                        "libcuda.so.1",
                        0,
                        "",
                        Duration.ofSeconds(1)));
    }

    @Test
    void settingsThatMakeNoSenseAreAllNamed() {
        var wrong = Map.of(
                "gpu-executor.simulated-gpus", "65",
                "gpu-executor.simulated-memory", "0B",
                "gpu-executor.simulated-mig", "small",
                "gpu-executor.poll-period", "1ms");
        assertThatThrownBy(() -> read(wrong))
                .isInstanceOf(SettingsException.class)
                .hasMessageContaining("gpu-executor.simulated-gpus: \"65\" (expected: a whole number from 0 to 64)")
                .hasMessageContaining("gpu-executor.simulated-memory: \"0B\" (expected: more than nothing)")
                .hasMessageContaining("gpu-executor.simulated-mig: \"small\" (expected: profiles such as 1g.6gb)")
                .hasMessageContaining("gpu-executor.poll-period: \"1ms\"");
    }

    @Test
    void simulatedDevicesSayThatTheyAre() {
        var settings = read(Map.of(
                "gpu-executor.simulated-gpus", "2",
                "gpu-executor.simulated-memory", "8GiB",
                "gpu-executor.simulated-model", "l4"));
        try (var log = LogLines.open();
                var devices = GpuExecutor.devices(settings, meters, () -> 0)) {
            devices.start();
            assertThat(devices.list())
                    .containsExactly(
                            new Accelerator("GPU-simulated-0", "simulated-l4", 8L << 30, 0, "simulated", "", true),
                            new Accelerator("GPU-simulated-1", "simulated-l4", 8L << 30, 0, "simulated", "", true));
            assertThat(devices.loads())
                    .extracting(AcceleratorLoad::deviceId, AcceleratorLoad::healthy)
                    .containsExactly(tuple("GPU-simulated-0", true), tuple("GPU-simulated-1", true));
            assertThat(devices.environment(List.of(new Reservation("GPU-simulated-1", 1))))
                    .containsEntry("CUDA_VISIBLE_DEVICES", "GPU-simulated-1");
            assertThat(log.lines())
                    .singleElement()
                    .asString()
                    .startsWith("WARN GPUs are simulated")
                    .contains("gpus=\"2\"");
        }
    }

    @Test
    void pretendsSlicesAndLinks() {
        var settings = read(Map.of(
                "gpu-executor.simulated-gpus", "4",
                "gpu-executor.simulated-mig", "1g.6gb,2g.12gb",
                "gpu-executor.simulated-link-size", "2"));
        try (var devices = GpuExecutor.devices(settings, meters, () -> 0)) {
            assertThat(devices.list())
                    .extracting(
                            Accelerator::deviceId, Accelerator::memoryBytes, Accelerator::linkGroup, Accelerator::slice)
                    .containsExactly(
                            tuple("MIG-simulated-0-0", 6L << 30, "", new Slice("GPU-simulated-0", "1g.6gb")),
                            tuple("MIG-simulated-0-1", 12L << 30, "", new Slice("GPU-simulated-0", "2g.12gb")),
                            tuple("GPU-simulated-1", 24L << 30, "nvlink-0", Slice.NONE),
                            tuple("GPU-simulated-2", 24L << 30, "nvlink-1", Slice.NONE),
                            tuple("GPU-simulated-3", 24L << 30, "nvlink-1", Slice.NONE));
        }
    }

    @Test
    void measuresEachDevice(@TempDir Path folder) {
        var stub = NvmlStub.current(folder);
        stub.say("ecc1");
        try (var devices = GpuExecutor.devices(stub.settings(), meters, () -> 0)) {
            String first = devices.list().get(0).deviceId();
            String second = devices.list().get(1).deviceId();
            assertThat(gauge("modulate.device.memory.bytes", "device", first, "kind", "total"))
                    .isEqualTo(80.0 * (1L << 30));
            assertThat(gauge("modulate.device.memory.bytes", "device", first, "kind", "used"))
                    .isEqualTo(4.0 * (1L << 30));
            assertThat(gauge("modulate.device.utilization.percent", "device", first))
                    .isEqualTo(37);
            assertThat(gauge("modulate.device.temperature.celsius", "device", second))
                    .isEqualTo(42);
            assertThat(gauge("modulate.device.healthy", "device", first)).isOne();
            assertThat(gauge("modulate.device.healthy", "device", second)).isZero();
        }
    }

    private double gauge(String name, String... tags) {
        return meters.get(name).tags(tags).gauge().value();
    }

    private static GpuSettings read(Map<String, String> written) {
        var reader = new SettingsReader(SettingsSource.of(written));
        var settings = GpuSettings.read(reader);
        reader.finish();
        return settings;
    }
}
