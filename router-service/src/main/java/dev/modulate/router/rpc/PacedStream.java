package dev.modulate.router.rpc;

import dev.modulate.observability.link.Outbox;
import dev.modulate.observability.server.GrpcErrors;
import dev.modulate.router.dispatch.Cell;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The server's end of a stream that keeps only so many messages before the cell: more are read when as many were
 * handled. Calls of one stream never overlap.
 */
abstract class PacedStream<Q, R> implements StreamObserver<Q> {
    private static final int UNHANDLED_MAX = 256;

    /** More are asked for in bunches: each request for more wakes a thread. */
    private static final int ASKED_AT_ONCE = 64;

    private final Seat seat;
    private final Cell cell;
    private final Runnable hangUp = this::hangUp;
    private final StreamObserver<R> responses;
    private final Outbox<R> outbox;
    private int heard;
    private final AtomicBoolean over = new AtomicBoolean();

    /** @throws StatusRuntimeException when this router is not in charge */
    PacedStream(Seat seat, StreamObserver<R> responses, Outbox<R> outbox) {
        this.seat = seat;
        this.cell = seat.cell();
        this.responses = responses;
        this.outbox = outbox;
        outbox.bind(responses);
        if (responses instanceof ServerCallStreamObserver<R> call) {
            call.disableAutoRequest();
            call.setOnCancelHandler(this::finish);
            call.request(UNHANDLED_MAX);
        }
    }

    /** Last of a constructor: the stream ends when the seat changes hands. */
    final void watchSeat() {
        seat.whileHeldBy(cell, hangUp);
    }

    abstract void heard(Q message);

    /** The stream is over; called once. */
    abstract void ended();

    Cell cell() {
        return cell;
    }

    Outbox<R> outbox() {
        return outbox;
    }

    /** Ends the stream from this side: the peer dials again. */
    void hangUp() {
        fail(Status.UNAVAILABLE.withDescription("hung up: dial again").asRuntimeException());
    }

    @Override
    public final void onNext(Q message) {
        try {
            heard(message);
        } catch (StatusRuntimeException e) {
            fail(e);
        } catch (IllegalArgumentException e) {
            fail(GrpcErrors.invalid("message", "", "" + e.getMessage()));
        }
        if (++heard == ASKED_AT_ONCE && responses instanceof ServerCallStreamObserver<R> call) {
            heard = 0;
            cell.afterwards(() -> call.request(ASKED_AT_ONCE));
        }
    }

    @Override
    public final void onError(Throwable cause) {
        finish();
    }

    @Override
    public final void onCompleted() {
        if (finish()) {
            quietly(responses::onCompleted);
        }
    }

    private void fail(StatusRuntimeException status) {
        if (finish()) {
            quietly(() -> responses.onError(status));
        }
    }

    private boolean finish() {
        if (!over.compareAndSet(false, true)) {
            return false;
        }
        seat.ended(hangUp);
        outbox.close();
        ended();
        return true;
    }

    /** The peer may have gone in the same moment. */
    private static void quietly(Runnable end) {
        try {
            end.run();
        } catch (IllegalStateException e) {
            // Ended already: nobody is left to tell.
        }
    }
}
