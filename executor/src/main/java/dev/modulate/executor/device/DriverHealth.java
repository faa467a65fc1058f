package dev.modulate.executor.device;

import java.util.List;

/**
 * What the driver says of an accelerator's health.
 *
 * @param lastXid number of the newest error event; zero when there was none since this process began
 * @param lastXidNanos when it was seen, on the nano clock
 * @param uncorrectedErrors of its memory since the driver was loaded
 * @param remapPending memory rows wait for a reset to be replaced
 * @param remapFailed there are no spare rows left
 * @param recoveryAction what the driver wants done, in lower case; empty when it does not say
 * @param throttleReasons why it runs slower than it could, in lower case
 */
public record DriverHealth(
        int lastXid,
        long lastXidNanos,
        long uncorrectedErrors,
        boolean remapPending,
        boolean remapFailed,
        String recoveryAction,
        List<String> throttleReasons) {
    public DriverHealth {
        throttleReasons = List.copyOf(throttleReasons);
    }
}
