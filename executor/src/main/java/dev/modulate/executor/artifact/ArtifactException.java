package dev.modulate.executor.artifact;

/** An artifact could not be brought to this node; the message is for the owner of the function. */
public final class ArtifactException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    ArtifactException(String message) {
        super(message);
    }

    ArtifactException(String message, Throwable cause) {
        super(message, cause);
    }
}
