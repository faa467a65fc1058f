package dev.modulate.executor.gpu;

/** NVML refused a call. The message is in the words of the driver. */
final class NvmlException extends Exception {
    private static final long serialVersionUID = 1L;

    /** The device cannot do it: normal for consumer cards and partitions. */
    static final int NOT_SUPPORTED = 3;

    static final int NO_PERMISSION = 4;
    static final int NOT_FOUND = 6;
    static final int LIBRARY_NOT_FOUND = 12;

    /** The library is older than the call. */
    static final int FUNCTION_NOT_FOUND = 13;

    static final int ARGUMENT_VERSION_MISMATCH = 25;

    private final int code;

    NvmlException(int code, String message) {
        super(message);
        this.code = code;
    }

    int code() {
        return code;
    }

    /** There is no such value here, and nothing is wrong. */
    boolean meansUnavailable() {
        return switch (code) {
            case NOT_SUPPORTED, NO_PERMISSION, NOT_FOUND, FUNCTION_NOT_FOUND, ARGUMENT_VERSION_MISMATCH -> true;
            default -> false;
        };
    }
}
