package dev.modulate.executor.gpu;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What the driver says about the health of a board at one moment.
 *
 * @param uncorrectedErrors of its memory since the driver was loaded
 * @param remapPending memory rows are replaced at the next reset
 * @param remapFailed there are no spare rows left
 * @param throttleReasons bit mask of NVML; zero when it runs at full speed
 */
record DeviceFacts(
        long uncorrectedErrors,
        boolean remapPending,
        boolean remapFailed,
        RecoveryAction recovery,
        long throttleReasons) {
    private static final long THERMAL = 0x20 | 0x40;
    private static final long POWER = 0x4 | 0x80;
    private static final long HARDWARE = 0x8;

    private static final SortedMap<Long, String> THROTTLES = new TreeMap<>(Map.of(
            0x4L, "sw_power_cap",
            0x8L, "hw_slowdown",
            0x10L, "sync_boost",
            0x20L, "sw_thermal_slowdown",
            0x40L, "hw_thermal_slowdown",
            0x80L, "hw_power_brake"));

    static final DeviceFacts FINE = new DeviceFacts(0, false, false, RecoveryAction.NONE, 0);

    /** Names of what slows it down, in the order of NVML's bits: idleness and settings of an operator do not. */
    List<String> throttleNames() {
        var names = new ArrayList<String>();
        THROTTLES.forEach((bit, name) -> {
            if ((throttleReasons & bit) != 0) {
                names.add(name);
            }
        });
        return names;
    }

    boolean throttledByHeat() {
        return (throttleReasons & THERMAL) != 0;
    }

    boolean throttledByPower() {
        return (throttleReasons & POWER) != 0;
    }

    boolean throttledByHardware() {
        return (throttleReasons & HARDWARE) != 0;
    }
}
