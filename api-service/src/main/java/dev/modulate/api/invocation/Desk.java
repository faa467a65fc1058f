package dev.modulate.api.invocation;

import dev.modulate.api.dispatch.Dispatcher;
import dev.modulate.api.output.OutputLogs;
import dev.modulate.api.waiting.Waiters;
import io.grpc.StatusRuntimeException;
import java.time.InstantSource;
import java.util.function.LongSupplier;

/**
 * What every call on an invocation works with.
 *
 * @param waitersMax how many may wait, for the words of a refusal
 */
public record Desk(
        Dispatcher dispatcher,
        Waiters waiters,
        OutputLogs logs,
        Reading reading,
        InvocationMeters meters,
        InstantSource clock,
        LongSupplier nanoTime,
        int waitersMax) {
    /** Asks for the output and the result of an invocation that was called elsewhere, or before. */
    void subscribe(String taskId) {
        var missing = logs.expect(taskId);
        dispatcher.watch(taskId, missing.attempt(), missing.offset());
    }

    StatusRuntimeException tooManyWaiters() {
        return Refusals.tooManyWaiters(waitersMax);
    }
}
