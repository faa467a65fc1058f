package dev.modulate.resonate.protocol;

import org.jspecify.annotations.Nullable;

/** No server answered in time. Whether the operation was applied is unknown. */
public final class ResonateUnavailableException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public ResonateUnavailableException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
