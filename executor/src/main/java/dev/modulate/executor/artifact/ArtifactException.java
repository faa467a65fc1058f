package dev.modulate.executor.artifact;

/** An artifact could not be brought to this node; the message is for the owner of the function. */
public sealed class ArtifactException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    ArtifactException(String message) {
        super(message);
    }

    ArtifactException(String message, Throwable cause) {
        super(message, cause);
    }

    /** The registry could not be reached: the same may succeed a moment later. */
    static final class Unavailable extends ArtifactException {
        private static final long serialVersionUID = 1L;

        Unavailable(String message, Throwable cause) {
            super(message, cause);
        }
    }
}
