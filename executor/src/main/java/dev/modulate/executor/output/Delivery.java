package dev.modulate.executor.output;

import dev.modulate.executor.call.Sink;
import dev.modulate.executor.v1.PushResult;
import org.jspecify.annotations.Nullable;

/** The output and the result of one attempt on their way to one API. Owned by the lane. */
final class Delivery {
    final AttemptOutput output;
    final Sink sink;
    long nextOffset;
    long ackedOffset;
    boolean resultSent;

    /** No more output comes: there is a result, or there never will be. */
    boolean closed;

    long closedNanos;

    @Nullable
    PushResult result;

    Delivery(AttemptOutput output, Sink sink, long offset) {
        this.output = output;
        this.sink = sink;
        this.nextOffset = offset;
        this.ackedOffset = offset;
    }

    long unackedBytes() {
        return nextOffset - ackedOffset;
    }

    void rewind() {
        nextOffset = ackedOffset;
        resultSent = false;
    }

    /** The API has taken over all there will ever be. */
    boolean complete() {
        return closed && result == null && ackedOffset >= output.end();
    }
}
