package dev.modulate.resonate.history;

import dev.modulate.resonate.lane.PromiseLane;
import dev.modulate.resonate.protocol.Request;
import dev.modulate.resonate.protocol.ResonateUnavailableException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.locks.LockSupport;

/** A lane in debug mode, asked directly. */
record LaneSubject(PromiseLane lane) implements Subject {
    private static final long PAUSE_NANOS = 50_000;

    @Override
    public Outcome call(Call call) {
        // Else each failed commit would be followed by a crowd of refusals, which say nothing.
        while (!lane.serving()) {
            LockSupport.parkNanos(PAUSE_NANOS);
        }
        // A tick carries its time itself.
        Long at = call.request() instanceof Request.DebugTick ? null : call.atMillis();
        try {
            return new Outcome.Answered(lane.submit(call.request(), at).join());
        } catch (CompletionException e) {
            if (e.getCause() instanceof ResonateUnavailableException unavailable) {
                return new Outcome.Unknown("" + unavailable.getMessage());
            }
            throw e;
        }
    }
}
