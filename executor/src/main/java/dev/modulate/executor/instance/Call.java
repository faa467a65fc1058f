package dev.modulate.executor.instance;

import dev.modulate.executor.call.Payload;
import java.time.Duration;
import java.util.List;

/**
 * One execution, as a function process is told of it.
 *
 * @param remaining time until the attempt is stopped
 */
public record Call(String invocationId, long attempt, Duration remaining, List<String> deviceIds, Payload input) {
    public Call {
        deviceIds = List.copyOf(deviceIds);
    }
}
