package dev.modulate.resonate.lane;

import dev.modulate.resonate.protocol.Answer;
import dev.modulate.resonate.protocol.Reply;
import dev.modulate.resonate.protocol.Request;
import dev.modulate.resonate.store.PromiseStore;
import org.jspecify.annotations.Nullable;

/** What only a lane in debug mode does. Everything is called under the lane's lock. */
final class DebugOperations {
    private final Debugger debugger;
    private final Stage stage;
    private final PromiseStore store;

    DebugOperations(Debugger debugger, Stage stage, PromiseStore store) {
        this.debugger = debugger;
        this.stage = stage;
        this.store = store;
    }

    @SuppressWarnings("unchecked") // Each branch answers what its request type says.
    <A> Reply<A> apply(Request.Debug<A> request, @Nullable Long timeMillis) {
        stage.change();
        return (Reply<A>)
                switch (request) {
                    case Request.DebugStart start -> new Reply.Ok<>(200, new Answer.Done());
                    case Request.DebugStop stop -> new Reply.Ok<>(200, new Answer.Done());
                    case Request.DebugReset reset -> {
                        stage.empty();
                        debugger.clear();
                        stage.time.reset();
                        yield new Reply.Ok<>(200, new Answer.Done());
                    }
                    case Request.DebugTick tick -> tick(tick.timeMillis(), timeMillis);
                    case Request.DebugSnap snap ->
                        new Reply.Ok<>(200, new Answer.OfSnapshot(debugger.snapshot(stage.memory, store)));
                };
    }

    private Reply<Answer.Ticked> tick(long timeMillis, @Nullable Long requestMillis) {
        if (requestMillis != null && requestMillis != timeMillis) {
            return new Reply.Refused<>(
                    400, "time: " + timeMillis + " (expected: resonate:debug_time " + requestMillis + ")");
        }
        long at = stage.time.now(timeMillis);
        while (stage.ringPromise(at)) {
            // Each takes one alarm away or sets it later.
        }
        stage.runSchedules(at, Integer.MAX_VALUE);
        return new Reply.Ok<>(200, new Answer.Ticked());
    }
}
