package dev.modulate.router.scheduling;

import dev.modulate.router.placement.Needs;

/**
 * One call that wants to start.
 *
 * @param id unique among the calls a scheduler knows
 * @param arrivedAt nanoseconds of the clock that all times of a scheduler come from
 * @param deadlineAt nanoseconds; it does not start after it. {@link #NO_DEADLINE} when it may start at any time
 */
public record Call(String id, Needs needs, String tenant, Priority priority, long arrivedAt, long deadlineAt) {
    public static final long NO_DEADLINE = Long.MAX_VALUE;
}
