package dev.modulate.executor.gpu;

/** What the driver says has to be done with a device: field 230 of NVML, in its order. */
enum RecoveryAction {
    NONE(""),
    RESET("the driver asks for a reset of the GPU"),
    REBOOT("the driver asks for a reboot of the machine"),
    /** Links to other devices are in trouble; the device itself works. */
    DRAIN_PEERS("the driver asks to stop traffic between GPUs"),
    DRAIN_AND_RESET("the driver asks to drain and reset the GPU");

    private final String words;

    RecoveryAction(String words) {
        this.words = words;
    }

    /** Whether nothing may start on the device until somebody has acted. */
    boolean outOfService() {
        return this == RESET || this == REBOOT || this == DRAIN_AND_RESET;
    }

    String words() {
        return words;
    }

    /** Numbers that newer drivers may add mean something has to be done. */
    static RecoveryAction of(long number) {
        return number >= 0 && number < values().length ? values()[(int) number] : RESET;
    }
}
