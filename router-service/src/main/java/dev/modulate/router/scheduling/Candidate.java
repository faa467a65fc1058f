package dev.modulate.router.scheduling;

import org.jspecify.annotations.Nullable;

/**
 * A call that waits, the urgency it has now, and how it would start.
 *
 * @param worth among those of its kind, warm or cold
 * @param standing what its age is worth, as if it had come later by what starting it there costs
 * @param start null as long as only its cost was worked out
 */
record Candidate(
        Waiting entry,
        Urgency urgency,
        double worth,
        double standing,
        @Nullable Start start) {
    boolean beats(@Nullable Candidate other) {
        if (other == null) {
            return true;
        }
        int order = urgency.compareTo(other.urgency);
        return order != 0 ? order < 0 : worth > other.worth;
    }

    /** Whether this one, which needs a load, goes before one that is warm. */
    boolean overtakes(@Nullable Candidate warm) {
        if (warm == null) {
            return true;
        }
        int order = urgency.compareTo(warm.urgency);
        return order != 0
                ? order < 0
                : standing > warm.standing && entry.call.deadlineAt() <= warm.entry.call.deadlineAt();
    }
}
