package dev.modulate.router.wire;

import org.jspecify.annotations.Nullable;

/**
 * What a node says of one assignment.
 *
 * @param failure set exactly when it failed
 */
public record NodeUpdate(
        TaskVersion task,
        Stage stage,
        String rejectReason,
        @Nullable AttemptFailure failure) {
    /** Where an assignment stands on the node. */
    public enum Stage {
        ACCEPTED,
        RUNNING,
        REJECTED,
        FINISHED,
        FAILED
    }
}
