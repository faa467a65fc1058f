package dev.modulate.resonate.server.rpc;

import com.google.protobuf.Message;
import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.server.ServiceRequestContext;
import dev.modulate.resonate.protocol.Reply;
import dev.modulate.resonate.protocol.Request;
import dev.modulate.resonate.server.FrontDoor;
import dev.modulate.resonate.v1.RequestHead;
import dev.modulate.resonate.v1.ResponseHead;
import dev.modulate.resonate.wire.Envelopes;
import dev.modulate.resonate.wire.Envelopes.Content;
import dev.modulate.resonate.wire.MalformedException;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Takes unary calls through the door. */
final class Calls {
    private static final String BEARER = "Bearer ";

    private final FrontDoor door;

    /** Reads an operation out of its message. */
    @FunctionalInterface
    interface Operation {
        Request<?> read() throws MalformedException;
    }

    Calls(FrontDoor door) {
        this.door = door;
    }

    /** @param kind of the response, empty */
    <R extends Message> void serve(RequestHead head, Operation operation, R kind, StreamObserver<R> observer) {
        door.serve(token(head), content(head, operation)).whenComplete((reply, failure) -> {
            if (reply == null) {
                observer.onError(Status.INTERNAL.withCause(failure).asRuntimeException());
                return;
            }
            var answered = ResponseHead.newBuilder()
                    .setCorrId(head.getCorrId())
                    .setStatus(status(reply))
                    .setVersion(Envelopes.VERSION);
            observer.onNext(ProtoReplies.response(kind, answered.build(), reply));
            observer.onCompleted();
        });
    }

    private static Content content(RequestHead head, Operation operation) {
        if (!head.getVersion().equals(Envelopes.VERSION)) {
            return new Content.BadEnvelope(
                    "Unsupported protocol version " + head.getVersion() + " (expected: " + Envelopes.VERSION + ")");
        }
        try {
            return new Content.Operation(operation.read(), head.hasDebugTime() ? head.getDebugTime() : null);
        } catch (MalformedException e) {
            return new Content.BadOperation("" + e.getMessage(), List.of());
        }
    }

    private static int status(Reply<?> reply) {
        return switch (reply) {
            case Reply.Ok<?> ok -> ok.status();
            case Reply.Refused<?> refused -> refused.status();
        };
    }

    /** The head's, else that of the metadata. Ask on the thread the call came on. */
    static @Nullable String token(RequestHead head) {
        if (head.hasAuth()) {
            return head.getAuth();
        }
        var request = ServiceRequestContext.currentOrNull();
        String header = request == null ? null : request.request().headers().get(HttpHeaderNames.AUTHORIZATION);
        return header != null && header.regionMatches(true, 0, BEARER, 0, BEARER.length())
                ? header.substring(BEARER.length()).strip()
                : null;
    }
}
