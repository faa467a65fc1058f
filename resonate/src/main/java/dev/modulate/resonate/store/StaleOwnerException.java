package dev.modulate.resonate.store;

/**
 * Another server has taken the promises over while this one was paused or cut off. Nothing was written, and nothing ever
 * will be by this store: whoever holds it must stop serving.
 */
public final class StaleOwnerException extends StoreException {
    private static final long serialVersionUID = 1L;

    public StaleOwnerException(String message) {
        super(message, null);
    }
}
