package dev.modulate.executor.attach;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;

/** What the whole machine uses. */
final class HostLoad {
    private final OperatingSystemMXBean system = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);

    /** Thousandths of a core, since the last call. */
    int cpuUsedMillis() {
        double share = Math.max(0, system.getCpuLoad());
        return (int) Math.round(share * system.getAvailableProcessors() * 1000);
    }

    long memoryUsedBytes() {
        return system.getTotalMemorySize() - system.getFreeMemorySize();
    }
}
