package dev.modulate.resonate.embedded;

/** What became of a message. */
public enum Receipt {
    /** The listener's own connection has it: it was written to it, or the listener said so. */
    TAKEN,
    /** Nobody has it, and a later try may find somebody. */
    MISSED,
    /** Whoever it is for is there and has no room for it now, or has not answered the same message yet. */
    BUSY,
    /** No try will ever find anybody. */
    REFUSED
}
