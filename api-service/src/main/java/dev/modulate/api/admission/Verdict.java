package dev.modulate.api.admission;

/** Whether a call may go on, before anybody looks for its function. */
public sealed interface Verdict {
    /**
     * It may.
     *
     * @param mediaType of the input, never empty
     * @param requestSha256 in lower-case hex
     */
    record Admitted(String mediaType, String requestSha256) implements Verdict {}

    /** It may not, and never will with these fields. */
    record Refused(Violation violation) implements Verdict {}
}
