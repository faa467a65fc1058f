package dev.modulate.resonate.embedded;

/** What became of a message. */
public enum Receipt {
    /** The listener's own connection has it: it was written to it, or the listener said so. */
    TAKEN,
    /** Nobody has it, and a later try may find somebody. */
    MISSED,
    /** No try will ever find anybody. */
    REFUSED
}
