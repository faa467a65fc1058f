package dev.modulate.executor.gpu;

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

    static final DeviceFacts FINE = new DeviceFacts(0, false, false, RecoveryAction.NONE, 0);

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
