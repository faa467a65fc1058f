package dev.modulate.router.rpc;

import com.google.protobuf.Any;
import com.google.rpc.Code;
import com.google.rpc.ErrorInfo;
import com.google.rpc.Status;
import dev.modulate.observability.server.GrpcErrors;
import dev.modulate.router.dispatch.Cell;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The cell this router is in charge of, while it is; and where to go while it is not. Streams end when that changes:
 * their peers dial again, here or there. For any thread.
 */
public final class Seat {
    private static final String NOT_ACTIVE = "NOT_ACTIVE";

    private final Set<Runnable> hangUps = ConcurrentHashMap.newKeySet();
    private volatile @Nullable Cell cell;
    private volatile String elsewhere = "";

    /** Of a router that is always in charge. */
    public static Seat of(Cell cell) {
        var seat = new Seat();
        seat.take(cell);
        return seat;
    }

    public void take(Cell next) {
        elsewhere = "";
        cell = next;
        hangUp();
    }

    public void leave() {
        cell = null;
        hangUp();
    }

    /** @param address of the router that is in charge */
    public void elsewhere(String address) {
        elsewhere = address;
    }

    String elsewhere() {
        return elsewhere;
    }

    /** Null while another router is in charge. */
    public @Nullable Cell cellOrNull() {
        return cell;
    }

    /** @throws StatusRuntimeException {@code UNAVAILABLE} with the address of the router in charge */
    Cell cell() {
        var now = cell;
        if (now == null) {
            throw notActive();
        }
        return now;
    }

    StatusRuntimeException notActive() {
        String active = elsewhere;
        String words = active.isEmpty()
                ? "this router waits to be in charge of its cell"
                : "this router is a standby: " + active + " is in charge";
        var info = ErrorInfo.newBuilder()
                .setReason(NOT_ACTIVE)
                .setDomain(GrpcErrors.DOMAIN)
                .putMetadata("active_router", active);
        return StatusProto.toStatusRuntimeException(Status.newBuilder()
                .setCode(Code.UNAVAILABLE_VALUE)
                .setMessage(words)
                .addDetails(Any.pack(info.build()))
                .build());
    }

    /** Ends the stream when this seat changes hands; at once when it has since the stream was opened. */
    void whileHeldBy(@Nullable Cell opener, Runnable hangUp) {
        hangUps.add(hangUp);
        if (cell != opener) {
            hangUp.run();
        }
    }

    void ended(Runnable hangUp) {
        hangUps.remove(hangUp);
    }

    private void hangUp() {
        List.copyOf(hangUps).forEach(Runnable::run);
    }
}
