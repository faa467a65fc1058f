package dev.modulate.executor.run;

import dev.modulate.executor.call.Failure;
import java.time.Duration;

/** What the router is told of one assignment. */
public sealed interface Update {
    /** This node heartbeats the lease from now on. */
    record Accepted() implements Update {}

    record Running() implements Update {}

    /** @param reason in UPPER_SNAKE_CASE */
    record Rejected(String reason) implements Update {}

    /** The task is settled, or somebody else's. */
    record Finished(Duration run) implements Update {}

    /** The attempt failed; the lease is kept until the router has taken it over. */
    record Failed(Failure failure, Duration run) implements Update {}
}
