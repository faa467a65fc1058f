package dev.modulate.executor.gpu;

import dev.modulate.observability.settings.SettingsReader;
import java.time.Duration;

/**
 * Where accelerators come from.
 *
 * @param simulatedGpus zero asks the driver; more pretends that many devices and does not ask it
 * @param nvmlLibrary NVIDIA's management library: a name the linker finds, or a path
 * @param cudaLibrary CUDA's driver API, for tests of GPUs that were out of service
 * @param expectedGpus that the driver must offer; zero takes what is there
 */
public record GpuSettings(
        int simulatedGpus,
        long simulatedMemoryBytes,
        String simulatedModel,
        String nvmlLibrary,
        String cudaLibrary,
        int expectedGpus,
        Duration pollPeriod) {
    private static final int SIMULATED_MAX = 64;

    public static GpuSettings read(SettingsReader reader) {
        var settings = new GpuSettings(
                reader.integer(
                        "gpu-executor.simulated-gpus",
                        0,
                        0,
                        SIMULATED_MAX,
                        "GPUs to pretend, for trying out placement; 0 takes the real ones"),
                reader.bytes("gpu-executor.simulated-memory", "24GiB", "memory of each simulated GPU"),
                reader.text("gpu-executor.simulated-model", "gpu", "model of simulated GPUs, after simulated-"),
                reader.text("gpu-executor.nvml-library", "libnvidia-ml.so.1", "management library of the driver"),
                reader.text("gpu-executor.cuda-library", "libcuda.so.1", "CUDA's driver API, for tests of sick GPUs"),
                reader.integer(
                        "gpu-executor.expected-gpus",
                        0,
                        0,
                        SIMULATED_MAX,
                        "GPUs this machine has; with fewer the node starts drained. 0 takes what is there"),
                reader.duration(
                        "gpu-executor.poll-period",
                        Duration.ofSeconds(1),
                        Duration.ofMillis(100),
                        Duration.ofMinutes(1),
                        "time between two looks at the GPUs"));
        if (settings.simulatedMemoryBytes() < 1) {
            reader.mistake("gpu-executor.simulated-memory", "more than nothing");
        }
        return settings;
    }
}
