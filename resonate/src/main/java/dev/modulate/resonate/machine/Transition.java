package dev.modulate.resonate.machine;

import dev.modulate.resonate.protocol.Reply;
import java.util.List;

/**
 * What one operation or timer did.
 *
 * @param reply what the caller is told
 * @param changes the entries as they are now, each id once
 * @param deliveries messages to send after the changes are durable
 */
public record Transition<A>(Reply<A> reply, List<Change> changes, List<Delivery> deliveries) {
    /** One entry as it is now. */
    public record Change(Entry entry, Kind kind) {
        public boolean durable() {
            return kind != Kind.TIMER;
        }
    }

    /** What happened to an entry. */
    public enum Kind {
        CREATED,
        CHANGED,
        /** Only a timer moved: nothing to store, since timers start again in full after a restart. */
        TIMER
    }
}
