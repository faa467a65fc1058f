package dev.modulate.executor.gpu;

import dev.modulate.executor.ExecutorProcess;
import dev.modulate.observability.settings.SettingsException;
import dev.modulate.observability.settings.SettingsReader;
import dev.modulate.observability.settings.SettingsSource;
import java.time.InstantSource;
import java.util.Random;

/** The GPU executor as a process: {@code --settings FILE}, {@code --set executor.routers=10.0.0.1:8082}. */
public final class GpuExecutorMain {
    private GpuExecutorMain() {}

    public static void main(String[] arguments) {
        try {
            var reader = new SettingsReader(SettingsSource.of(arguments, System.getenv()));
            var gpus = GpuSettings.read(reader);
            ExecutorProcess.run(
                    reader,
                    GpuExecutor::settings,
                    meters -> GpuExecutor.devices(gpus, meters, System::nanoTime),
                    new ExecutorProcess.Reality(InstantSource.system(), System::nanoTime, new Random()));
        } catch (SettingsException e) {
            System.exit(e.tell("modulate gpu-executor", System.out, System.err));
        }
    }
}
