package dev.modulate.router.dispatch;

import dev.modulate.observability.link.Outbox;
import dev.modulate.router.v1.DispatchResponse;
import dev.modulate.router.wire.Sink;

/** The stream of one API. An API that does not keep up is hung up on: it dials again and asks anew. */
public final class ApiStream {
    private final Sink sink;
    private final Outbox<DispatchResponse> outbox;
    private final Runnable hangUp;
    private boolean open = true;

    public ApiStream(Sink sink, Outbox<DispatchResponse> outbox, Runnable hangUp) {
        this.sink = sink;
        this.outbox = outbox;
        this.hangUp = hangUp;
    }

    Sink sink() {
        return sink;
    }

    boolean open() {
        return open;
    }

    void send(DispatchResponse message) {
        if (open && !outbox.offer(message)) {
            open = false;
            hangUp.run();
        }
    }

    void ended() {
        open = false;
    }
}
