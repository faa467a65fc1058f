package dev.modulate.router.wire;

import dev.modulate.resonate.protocol.Value;
import java.time.Duration;

/**
 * A call as an API hands it over.
 *
 * @param id of the promise and of the task
 * @param param the call as the promise stores it
 * @param request SHA-256 of what the caller asked for
 * @param remaining until the promise times out
 * @param push true when the API wants output and result pushed
 */
public record Submission(String id, Call call, Value param, String request, Duration remaining, boolean push) {}
