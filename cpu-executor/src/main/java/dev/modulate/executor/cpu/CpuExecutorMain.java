package dev.modulate.executor.cpu;

import dev.modulate.executor.ExecutorProcess;
import dev.modulate.observability.settings.SettingsException;
import dev.modulate.observability.settings.SettingsReader;
import dev.modulate.observability.settings.SettingsSource;
import java.time.InstantSource;
import java.util.Random;

/** The CPU executor as a process: {@code --settings FILE}, {@code --set executor.routers=10.0.0.1:8082}. */
public final class CpuExecutorMain {
    private CpuExecutorMain() {}

    public static void main(String[] arguments) {
        try {
            ExecutorProcess.run(
                    new SettingsReader(SettingsSource.of(arguments, System.getenv())),
                    CpuExecutor::settings,
                    meters -> CpuExecutor.devices(),
                    new ExecutorProcess.Reality(InstantSource.system(), System::nanoTime, new Random()));
        } catch (SettingsException e) {
            System.exit(e.tell("modulate cpu-executor", System.out, System.err));
        }
    }
}
