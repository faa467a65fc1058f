package dev.modulate.executor.run;

import dev.modulate.executor.call.Failure;
import java.time.Duration;

/** What became of a load. */
public sealed interface LoadUpdate {
    record Loading() implements LoadUpdate {}

    /** @param took from nothing to ready */
    record Resident(Duration took) implements LoadUpdate {}

    record Failed(Failure failure) implements LoadUpdate {}

    /** @param reason in UPPER_SNAKE_CASE */
    record Refused(String reason) implements LoadUpdate {}
}
