package dev.modulate.observability.server;

import com.linecorp.armeria.server.ServiceRequestContext;
import io.grpc.Context;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** The deadline that the caller of the current gRPC call has set, whichever transport carries it. */
public final class CallDeadline {
    private CallDeadline() {}

    /** Time that is left, at least zero; empty when the caller set none. Ask on the thread the call came on. */
    public static Optional<Duration> remaining() {
        var deadline = Context.current().getDeadline();
        if (deadline != null) {
            return Optional.of(Duration.ofNanos(Math.max(0, deadline.timeRemaining(TimeUnit.NANOSECONDS))));
        }
        var request = ServiceRequestContext.currentOrNull();
        long timeoutMillis = request == null ? 0 : request.requestTimeoutMillis();
        if (request == null || timeoutMillis == 0) {
            return Optional.empty();
        }
        return Optional.of(Duration.ofMillis(timeoutMillis));
    }
}
