package dev.modulate.executor.call;

/**
 * Why an attempt has no output.
 *
 * @param retryable whether another attempt could succeed
 */
public record Failure(Reason reason, String message, boolean retryable, String errorType, String trace) {
    /** Stable names, part of the contract. */
    public enum Reason {
        FUNCTION_ERROR(true),
        FUNCTION_CRASHED(true),
        START_FAILED(true),
        ATTEMPT_TIMEOUT(true),
        OUTPUT_TOO_LARGE(false),
        OUTPUT_INVALID(false);

        private final boolean retryable;

        Reason(boolean retryable) {
            this.retryable = retryable;
        }
    }

    private static final int TEXT_MAX = 16 * 1024;

    public Failure {
        message = end(message);
        trace = end(trace);
    }

    public static Failure of(Reason reason, String message) {
        return new Failure(reason, message, reason.retryable, "", "");
    }

    public static Failure of(Reason reason, String message, String errorType, String trace) {
        return new Failure(reason, message, reason.retryable, errorType, trace);
    }

    /** The same with one more thing that is known about it. */
    public Failure noting(String words) {
        return new Failure(reason, message + " (" + words + ")", retryable, errorType, trace);
    }

    /** A trace says most at its end. */
    private static String end(String text) {
        return text.length() <= TEXT_MAX ? text : "…" + text.substring(text.length() - TEXT_MAX);
    }
}
