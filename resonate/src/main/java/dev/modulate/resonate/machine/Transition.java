package dev.modulate.resonate.machine;

import dev.modulate.resonate.protocol.Reply;
import dev.modulate.resonate.protocol.Schedule;
import java.util.List;

/**
 * What one operation or timer did.
 *
 * @param reply what the caller is told
 * @param changes what is different now, each promise once
 * @param deliveries messages to send after the changes are durable
 */
public record Transition<A>(Reply<A> reply, List<Change> changes, List<Delivery> deliveries) {
    /** One thing as it is now. */
    public sealed interface Change {
        /** False when there is nothing to store. */
        default boolean durable() {
            return true;
        }
    }

    public record PromisePut(Entry entry, Kind kind) implements Change {
        @Override
        public boolean durable() {
            return kind != Kind.TIMER;
        }
    }

    public record SchedulePut(Schedule schedule) implements Change {}

    public record ScheduleDeleted(String id) implements Change {}

    /** What happened to an entry. */
    public enum Kind {
        CREATED,
        CHANGED,
        /** Only a timer moved: nothing to store, since timers start again in full after a restart. */
        TIMER
    }
}
