package dev.modulate.resonate.history;

import dev.modulate.resonate.protocol.Reply;

/** How a call ended. */
sealed interface Outcome {
    record Answered(Reply<?> reply) implements Outcome {}

    /** No answer that says anything: it happened before this outcome was known, or it never happens. */
    record Unknown(String reason) implements Outcome {}
}
