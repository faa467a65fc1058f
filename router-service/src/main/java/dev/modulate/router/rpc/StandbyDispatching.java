package dev.modulate.router.rpc;

import com.google.rpc.Code;
import dev.modulate.observability.link.Outbox;
import dev.modulate.observability.server.GrpcErrors;
import dev.modulate.router.v1.DispatchRequest;
import dev.modulate.router.v1.DispatchResponse;
import dev.modulate.router.wire.RouterProto;
import io.grpc.Status;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.concurrent.atomic.AtomicBoolean;

/** The stream of an API to a router that is not in charge: it says who is, refuses calls, and ends when that changes. */
final class StandbyDispatching implements StreamObserver<DispatchRequest> {
    private static final int ANSWERS_MAX = 1_024;

    private final Seat seat;
    private final Outbox<DispatchResponse> outbox = new Outbox<>(ANSWERS_MAX);
    private final AtomicBoolean over = new AtomicBoolean();
    private final Runnable changed = this::changed;

    StandbyDispatching(Seat seat, StreamObserver<DispatchResponse> responses) {
        this.seat = seat;
        outbox.bind(responses);
        if (responses instanceof ServerCallStreamObserver<DispatchResponse> call) {
            call.setOnCancelHandler(this::finish);
        }
        seat.whileHeldBy(null, changed);
    }

    @Override
    public void onNext(DispatchRequest message) {
        switch (message.getMessageCase()) {
            case HELLO -> outbox.offer(RouterProto.standbyWelcome(message.getCorrelationId(), seat.elsewhere()));
            case INVOCATION -> {
                var status = StatusProto.fromThrowable(seat.notActive());
                if (status == null) {
                    throw GrpcErrors.of(Code.UNAVAILABLE, "NOT_ACTIVE", "this router is a standby");
                }
                outbox.offer(RouterProto.refused(message.getCorrelationId(), "", status));
            }
            case CANCEL, WATCH, MESSAGE_NOT_SET -> {}
        }
    }

    @Override
    public void onError(Throwable cause) {
        finish();
    }

    @Override
    public void onCompleted() {
        if (finish()) {
            outbox.complete();
        }
    }

    private void changed() {
        if (finish()) {
            outbox.fail(Status.UNAVAILABLE
                    .withDescription("this router is in charge now: dial again")
                    .asRuntimeException());
        }
    }

    private boolean finish() {
        seat.ended(changed);
        return over.compareAndSet(false, true);
    }
}
