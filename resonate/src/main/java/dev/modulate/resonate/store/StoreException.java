package dev.modulate.resonate.store;

import org.jspecify.annotations.Nullable;

/** The storage failed; what was being committed may or may not be there. */
public class StoreException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public StoreException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
