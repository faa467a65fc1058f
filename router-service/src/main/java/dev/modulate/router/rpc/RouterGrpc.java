package dev.modulate.router.rpc;

import dev.modulate.invocation.v1.Invocation;
import dev.modulate.observability.link.Outbox;
import dev.modulate.observability.server.GrpcErrors;
import dev.modulate.router.dispatch.ApiStream;
import dev.modulate.router.dispatch.Cell;
import dev.modulate.router.dispatch.NodeStream;
import dev.modulate.router.placement.DeviceId;
import dev.modulate.router.placement.DeviceProfile;
import dev.modulate.router.v1.AttachRequest;
import dev.modulate.router.v1.AttachResponse;
import dev.modulate.router.v1.DispatchInvocation;
import dev.modulate.router.v1.DispatchRequest;
import dev.modulate.router.v1.DispatchResponse;
import dev.modulate.router.v1.LocateInvocationRequest;
import dev.modulate.router.v1.LocateInvocationResponse;
import dev.modulate.router.v1.RouterServiceGrpc.RouterServiceImplBase;
import dev.modulate.router.wire.Heard;
import dev.modulate.router.wire.RouterProto;
import dev.modulate.router.wire.Specs;
import dev.modulate.router.wire.Submission;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.StreamObserver;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Streams of executors and APIs. Each reads on only as fast as the cell handles what it read. */
public final class RouterGrpc extends RouterServiceImplBase {
    /** Messages to an executor that may wait: more than any node has slots for. */
    private static final int ASSIGNMENTS_MAX = 4_096;

    /** Answers to an API that may wait. */
    private static final int ANSWERS_MAX = 65_536;

    private final Seat seat;
    private final Specs specs;

    public RouterGrpc(Seat seat, Specs specs) {
        this.seat = seat;
        this.specs = specs;
    }

    /** A standby takes no executors: they dial the next router of their list. */
    @Override
    public StreamObserver<AttachRequest> attach(StreamObserver<AttachResponse> responses) {
        try {
            return new Attached(seat, responses);
        } catch (StatusRuntimeException e) {
            responses.onError(e);
            return new Unheard<>();
        }
    }

    /** APIs keep a stream to every router; one of a standby carries nothing until it ends because that has changed. */
    @Override
    public StreamObserver<DispatchRequest> dispatch(StreamObserver<DispatchResponse> responses) {
        try {
            return new Dispatching(seat, specs, responses);
        } catch (StatusRuntimeException e) {
            return new StandbyDispatching(seat, responses);
        }
    }

    @Override
    public void locateInvocation(LocateInvocationRequest request, StreamObserver<LocateInvocationResponse> responses) {
        Cell cell;
        try {
            cell = seat.cell();
        } catch (StatusRuntimeException e) {
            responses.onError(e);
            return;
        }
        Answers.send(
                cell.see(sight -> sight.locate(request.getTaskId())
                        .map(location -> LocateInvocationResponse.newBuilder()
                                .setState(
                                        location.running()
                                                ? Invocation.State.STATE_RUNNING
                                                : Invocation.State.STATE_PENDING)
                                .setNode(location.nodeName())
                                .setAttempt(location.attempt())
                                .build())
                        .orElseThrow(() -> GrpcErrors.notFound(request.getTaskId()))),
                responses);
    }

    private static final class Attached extends PacedStream<AttachRequest, AttachResponse> {
        private final NodeStream stream;
        private List<DeviceId> devices = List.of();
        private boolean greeted;

        Attached(Seat seat, StreamObserver<AttachResponse> responses) {
            super(seat, responses, new Outbox<>(ASSIGNMENTS_MAX));
            this.stream = new NodeStream(outbox(), this::hangUp);
            watchSeat();
        }

        @Override
        void heard(AttachRequest message) {
            if (!greeted && !message.hasHello()) {
                throw GrpcErrors.invalid("message", message.getMessageCase(), "hello first");
            }
            switch (message.getMessageCase()) {
                case HELLO -> {
                    var hello = Heard.hello(message.getHello());
                    greeted = true;
                    devices = hello.profile().devices().stream()
                            .map(DeviceProfile::id)
                            .toList();
                    cell().nodeAttached(stream, hello);
                }
                case LOAD -> cell().nodeReported(stream, Heard.load(message.getLoad(), devices), message.getLoad());
                case UPDATE -> cell().nodeUpdated(stream, Heard.update(message.getUpdate()));
                case LOAD_UPDATE -> cell().nodeLoads(stream, Heard.update(message.getLoadUpdate()));
                case MESSAGE_NOT_SET -> {}
            }
        }

        @Override
        void ended() {
            cell().nodeEnded(stream);
        }
    }

    private static final class Dispatching extends PacedStream<DispatchRequest, DispatchResponse> {
        private final Specs specs;
        private @Nullable ApiStream stream;

        Dispatching(Seat seat, Specs specs, StreamObserver<DispatchResponse> responses) {
            super(seat, responses, new Outbox<>(ANSWERS_MAX));
            this.specs = specs;
            watchSeat();
        }

        @Override
        void heard(DispatchRequest message) {
            if (message.hasHello()) {
                var sink = Heard.sink(message.getHello());
                stream = new ApiStream(sink, outbox(), this::hangUp);
                cell().apiAttached(stream, message.getCorrelationId());
                return;
            }
            var api = stream;
            if (api == null) {
                throw GrpcErrors.invalid("message", message.getMessageCase(), "hello first");
            }
            long correlation = message.getCorrelationId();
            switch (message.getMessageCase()) {
                case INVOCATION -> invocation(api, correlation, message.getInvocation());
                case CANCEL -> {
                    var cancel = message.getCancel();
                    cell().cancel(cancel.getTaskId(), RouterProto.duration(cancel.getGracePeriod()));
                }
                case WATCH -> {
                    var watch = message.getWatch();
                    cell().watch(api, correlation, watch.getTaskId(), watch.getOffset(), watch.getAttempt());
                }
                case HELLO, MESSAGE_NOT_SET -> {}
            }
        }

        /** A call that breaks a rule is refused alone; the stream lives on. */
        private void invocation(ApiStream api, long correlation, DispatchInvocation invocation) {
            Submission submission;
            try {
                submission = Heard.submission(invocation, specs);
            } catch (StatusRuntimeException e) {
                var status = StatusProto.fromThrowable(e);
                if (status != null) {
                    outbox().offer(RouterProto.refused(correlation, "", status));
                }
                return;
            }
            cell().dispatch(api, correlation, submission);
        }

        @Override
        void ended() {
            var api = stream;
            if (api != null) {
                cell().apiEnded(api);
            }
        }
    }
}
