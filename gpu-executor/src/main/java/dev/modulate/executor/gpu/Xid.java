package dev.modulate.executor.gpu;

import java.util.Map;

/**
 * An error event of NVIDIA's driver and what is done about it. What the driver itself asks for (see
 * {@link RecoveryAction}) comes first; this table is for drivers that do not say.
 *
 * <p>Source: NVIDIA's Xid catalogue, and the events that its Kubernetes device plugin takes for errors of the application.
 */
record Xid(int code) {
    /** What has to happen. */
    enum Remedy {
        /** The program did it: its call ends, the device stays in service. */
        END_CALL(false),
        /** Worth knowing, and nothing to do now. */
        REPORT(false),
        /** Nothing new starts until the device has passed a test. */
        TEST(true),
        /** Nothing new starts until somebody has reset the device and it has passed a test. */
        RESET(true),
        /** It has fallen off the bus. */
        LOST(true);

        private final boolean outOfService;

        Remedy(boolean outOfService) {
            this.outOfService = outOfService;
        }

        boolean outOfService() {
            return outOfService;
        }
    }

    private record Known(Remedy remedy, String words) {}

    private static final Known UNKNOWN = new Known(Remedy.TEST, "see NVIDIA's Xid catalogue");

    private static final Map<Integer, Known> CATALOGUE = Map.ofEntries(
            Map.entry(13, new Known(Remedy.END_CALL, "graphics engine exception")),
            Map.entry(31, new Known(Remedy.END_CALL, "memory page fault")),
            Map.entry(43, new Known(Remedy.END_CALL, "the program stopped the GPU")),
            Map.entry(45, new Known(Remedy.END_CALL, "preemptive cleanup")),
            Map.entry(68, new Known(Remedy.END_CALL, "video processor exception")),
            Map.entry(69, new Known(Remedy.END_CALL, "graphics engine class error")),
            Map.entry(109, new Known(Remedy.END_CALL, "context switch timeout")),
            Map.entry(94, new Known(Remedy.END_CALL, "contained memory error")),
            Map.entry(63, new Known(Remedy.REPORT, "memory row remapped")),
            Map.entry(64, new Known(Remedy.REPORT, "memory row not remapped yet")),
            Map.entry(74, new Known(Remedy.REPORT, "NVLink error")),
            Map.entry(46, new Known(Remedy.RESET, "the GPU stopped processing")),
            Map.entry(48, new Known(Remedy.RESET, "double-bit memory error")),
            Map.entry(95, new Known(Remedy.RESET, "uncontained memory error")),
            Map.entry(119, new Known(Remedy.RESET, "the GPU's system processor does not answer")),
            Map.entry(120, new Known(Remedy.RESET, "error of the GPU's system processor")),
            Map.entry(79, new Known(Remedy.LOST, "the GPU has fallen off the bus")));

    Remedy remedy() {
        return known().remedy();
    }

    private Known known() {
        return CATALOGUE.getOrDefault(code, UNKNOWN);
    }

    @Override
    public String toString() {
        return "Xid " + code + " (" + known().words() + ")";
    }
}
