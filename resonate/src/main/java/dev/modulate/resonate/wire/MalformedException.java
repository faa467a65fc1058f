package dev.modulate.resonate.wire;

/** What came is not what the protocol says. The message is for the peer's human. */
public final class MalformedException extends Exception {
    private static final long serialVersionUID = 1L;

    public MalformedException(String message) {
        super(message);
    }
}
