package dev.modulate.resonate.server.rpc;

import com.google.rpc.Code;
import com.linecorp.armeria.server.ServiceRequestContext;
import dev.modulate.observability.server.GrpcErrors;
import dev.modulate.resonate.embedded.PollGroups;
import dev.modulate.resonate.server.FrontDoor;
import dev.modulate.resonate.server.delivery.ReaderRoom;
import dev.modulate.resonate.v1.PollRequest;
import dev.modulate.resonate.v1.PollResponse;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Pattern;

/** The poll streams that are open. */
final class Polls implements AutoCloseable {
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._~-]{1,128}");

    private final FrontDoor door;
    private final PollGroups groups;
    private final Duration checks;
    private final AtomicLong bytesWaiting = new AtomicLong();
    private final Set<MessageStream> streams = ConcurrentHashMap.newKeySet();

    Polls(FrontDoor door, PollGroups groups, Duration checks) {
        this.door = door;
        this.groups = groups;
        this.checks = checks;
    }

    void open(PollRequest request, StreamObserver<PollResponse> observer) {
        if (!door.mayPoll(Calls.token(request.getHead()))) {
            observer.onError(GrpcErrors.of(Code.UNAUTHENTICATED, "UNAUTHENTICATED", "a valid token is needed"));
            return;
        }
        for (String name : new String[] {request.getGroup(), request.getId()}) {
            if (!NAME.matcher(name).matches()) {
                observer.onError(
                        GrpcErrors.invalid(name.equals(request.getGroup()) ? "group" : "id", name, NAME.pattern()));
                return;
            }
        }
        var stream = new MessageStream((ServerCallStreamObserver<PollResponse>) observer, new ReaderRoom(bytesWaiting));
        var connection = new PollGroups.Connection(request.getGroup(), request.getId(), stream);
        if (!groups.add(connection)) {
            observer.onError(GrpcErrors.of(Code.RESOURCE_EXHAUSTED, "POLL_CAPACITY", "Poll registration at capacity"));
            return;
        }
        streams.add(stream);
        long period = checks.toNanos();
        var checking = ServiceRequestContext.current()
                .eventLoop()
                .withoutContext()
                .scheduleAtFixedRate(stream::check, period, period, TimeUnit.NANOSECONDS);
        stream.open(() -> {
            checking.cancel(false);
            streams.remove(stream);
            groups.remove(connection);
        });
    }

    /** Bytes of messages that wait for their readers. */
    long bytesWaiting() {
        return bytesWaiting.get();
    }

    @Override
    public void close() {
        streams.forEach(MessageStream::close);
    }
}
