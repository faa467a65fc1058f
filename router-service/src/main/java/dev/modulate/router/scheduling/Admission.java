package dev.modulate.router.scheduling;

import java.time.Duration;

/** Whether one more call may wait. */
public sealed interface Admission {
    record Accepted() implements Admission {}

    /**
     * The queue is full.
     *
     * @param why names the limit and its value
     * @param retryAfter when a place is expected to be free, from what waits and how fast it goes
     */
    record Refused(String why, Duration retryAfter) implements Admission {}

    Admission ACCEPTED = new Accepted();
}
