package dev.modulate.executor.cpu;

import dev.modulate.executor.ExecutorSettings;
import dev.modulate.executor.device.Devices;
import dev.modulate.observability.settings.SettingsReader;

/** What makes an executor one of the {@code cpu} pool. */
public final class CpuExecutor {
    public static final String POOL = "cpu";

    private static final int METRICS_PORT = 8083;

    private CpuExecutor() {}

    public static ExecutorSettings settings(SettingsReader reader) {
        return ExecutorSettings.read(reader, POOL, METRICS_PORT);
    }

    /** None: functions of this pool do not see accelerators that the machine may have. */
    public static Devices devices() {
        return Devices.none();
    }
}
