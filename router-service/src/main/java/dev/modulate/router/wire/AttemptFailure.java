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

    /** The promise of an SDK program is no call that this platform understands. */
    public static final String INVALID_CALL = "INVALID_CALL";

    public static final String INPUT_TOO_LARGE = "INPUT_TOO_LARGE";
    public static final String FUNCTION_NOT_FOUND = "FUNCTION_NOT_FOUND";

    /** Another attempt would end the same way. */
    public static AttemptFailure unretryable(String reason, String message) {
        return new AttemptFailure(reason, message, false, "", "");
    }

    /** The node, or the way to it, was lost while it had the attempt. */
    public static AttemptFailure nodeLost(String message) {
        return new AttemptFailure(NODE_LOST, message, true, "", "");
    }

    public boolean lost() {
        return reason.equals(NODE_LOST);
    }
}
