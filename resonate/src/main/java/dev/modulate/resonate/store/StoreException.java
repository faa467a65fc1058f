package dev.modulate.resonate.store;

/** The storage failed; what was being committed may or may not be there. */
public final class StoreException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public StoreException(String message, Throwable cause) {
        super(message, cause);
    }
}
