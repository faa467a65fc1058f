package dev.modulate.executor.gpu;

import dev.modulate.observability.settings.SettingsReader;
import java.time.Duration;
import java.util.List;

/**
 * Where accelerators come from.
 *
 * @param nvmlLibrary NVIDIA's management library: a name the linker finds, or a path
 * @param cudaLibrary CUDA's driver API, for tests of GPUs that were out of service
 * @param expectedGpus that the driver must offer; zero takes what is there
 * @param mpsPipe folder of the pipes of NVIDIA's MPS control daemon; empty when none runs
 */
public record GpuSettings(
        Simulated simulated,
        String nvmlLibrary,
        String cudaLibrary,
        int expectedGpus,
        String mpsPipe,
        Duration pollPeriod) {
    private static final int SIMULATED_MAX = 64;

    /**
     * Devices that do not exist.
     *
     * @param gpus zero asks the driver; more pretends that many devices and does not ask it
     * @param slices MIG profiles that the first of them is cut into
     * @param linkSize GPUs that reach each other; zero or one links none
     */
    public record Simulated(int gpus, long memoryBytes, String model, List<String> slices, int linkSize) {
        static final Simulated NONE = new Simulated(0, 1, "gpu", List.of(), 0);

        public Simulated {
            slices = List.copyOf(slices);
        }
    }

    public static GpuSettings read(SettingsReader reader) {
        return new GpuSettings(
                simulated(reader),
                reader.text("gpu-executor.nvml-library", "libnvidia-ml.so.1", "management library of the driver"),
                reader.text("gpu-executor.cuda-library", "libcuda.so.1", "CUDA's driver API, for tests of sick GPUs"),
                reader.integer(
                        "gpu-executor.expected-gpus",
                        0,
                        0,
                        SIMULATED_MAX,
                        "GPUs this machine has; with fewer the node starts drained. 0 takes what is there"),
                reader.text(
                        "gpu-executor.mps-pipe",
                        "",
                        "folder of the pipes of an MPS control daemon; empty: shares are counted, not enforced"),
                reader.duration(
                        "gpu-executor.poll-period",
                        Duration.ofSeconds(1),
                        Duration.ofMillis(100),
                        Duration.ofMinutes(1),
                        "time between two looks at the GPUs"));
    }

    private static Simulated simulated(SettingsReader reader) {
        var simulated = new Simulated(
                reader.integer(
                        "gpu-executor.simulated-gpus",
                        0,
                        0,
                        SIMULATED_MAX,
                        "GPUs to pretend, for trying out placement; 0 takes the real ones"),
                reader.bytes("gpu-executor.simulated-memory", "24GiB", "memory of each simulated GPU"),
                reader.text("gpu-executor.simulated-model", "gpu", "model of simulated GPUs, after simulated-"),
                reader.list(
                        "gpu-executor.simulated-mig",
                        List.of(),
                        "MIG slices that the first simulated GPU is cut into, such as 1g.6gb"),
                reader.integer(
                        "gpu-executor.simulated-link-size",
                        0,
                        0,
                        SIMULATED_MAX,
                        "simulated GPUs of one NVLink group; 0 links none"));
        if (simulated.memoryBytes() < 1) {
            reader.mistake("gpu-executor.simulated-memory", "more than nothing");
        }
        if (!simulated.slices().stream().allMatch(SimulatedDevices::isProfile)) {
            reader.mistake("gpu-executor.simulated-mig", "profiles such as 1g.6gb");
        }
        return simulated;
    }
}
