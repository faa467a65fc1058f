package dev.modulate.router.wire;

/**
 * Why an attempt has no output.
 *
 * @param reason stable, in UPPER_SNAKE_CASE
 */
public record AttemptFailure(String reason, String message, boolean retryable, String errorType, String trace) {
    public static final String NODE_LOST = "NODE_LOST";
    public static final String FUNCTION_ERROR = "FUNCTION_ERROR";
    public static final String INVALID_RECORD = "INVALID_RECORD";

    /** The node, or the way to it, was lost while it had the attempt. */
    public static AttemptFailure nodeLost(String message) {
        return new AttemptFailure(NODE_LOST, message, true, "", "");
    }

    public boolean lost() {
        return reason.equals(NODE_LOST);
    }
}
