package dev.modulate.executor.gpu;

import dev.modulate.executor.ExecutorSettings;
import dev.modulate.executor.device.Devices;
import dev.modulate.observability.settings.SettingsReader;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.function.LongSupplier;

/** What makes an executor one of the {@code gpu} pool. */
public final class GpuExecutor {
    public static final String POOL = "gpu";

    private static final int METRICS_PORT = 8084;

    /** A first CUDA context can take long; a device that needs longer is not fit for service. */
    private static final Duration TEST_PATIENCE = Duration.ofSeconds(60);

    private GpuExecutor() {}

    public static ExecutorSettings settings(SettingsReader reader) {
        return ExecutorSettings.read(reader, POOL, METRICS_PORT);
    }

    /** The GPUs of this machine, or those that the settings pretend; none, and a line in the log, without a driver. */
    public static Devices devices(GpuSettings settings, MeterRegistry meters, LongSupplier nanoTime) {
        var health = new HealthMeters(meters);
        Devices devices = settings.simulated().gpus() > 0
                ? new SimulatedDevices(settings, health)
                : NvmlDevices.open(settings, new CudaTest(settings.cudaLibrary(), TEST_PATIENCE), health, nanoTime);
        new DeviceMeters(meters, devices).register();
        return devices;
    }
}
