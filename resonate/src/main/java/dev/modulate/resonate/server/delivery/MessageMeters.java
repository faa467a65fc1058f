package dev.modulate.resonate.server.delivery;

import dev.modulate.resonate.protocol.Message;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;

/** Counts messages by kind and by what became of them. */
final class MessageMeters {
    private static final String MESSAGES = "modulate.resonate.messages";

    private final Kind execute;
    private final Kind unblock;

    private record Kind(Counter taken, Counter repeated, Counter busy, Counter refused, Counter lost) {
        static Kind of(String kind, MeterRegistry meters) {
            return new Kind(
                    counter(kind, "taken", meters),
                    counter(kind, "repeated", meters),
                    counter(kind, "busy", meters),
                    counter(kind, "refused", meters),
                    counter(kind, "lost", meters));
        }

        private static Counter counter(String kind, String outcome, MeterRegistry meters) {
            return Counter.builder(MESSAGES)
                    .description("Messages by what became of them")
                    .tags("kind", kind, "outcome", outcome)
                    .register(meters);
        }
    }

    MessageMeters(MeterRegistry meters) {
        execute = Kind.of("execute", meters);
        unblock = Kind.of("unblock", meters);
    }

    /** The listener's connection has it. */
    void taken(Message message) {
        of(message).taken().increment();
    }

    /** Tried again. */
    void repeated(Message message) {
        of(message).repeated().increment();
    }

    /** The receiver had no room, or was still at the same message. */
    void busy(Message message) {
        of(message).busy().increment();
    }

    /** Its address is not allowed, or means nothing. */
    void refused(Message message) {
        of(message).refused().increment();
    }

    /** Given up. */
    void lost(Message message) {
        of(message).lost().increment();
    }

    private Kind of(Message message) {
        return switch (message) {
            case Message.Execute m -> execute;
            case Message.Unblock m -> unblock;
        };
    }
}
