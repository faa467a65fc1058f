package dev.modulate.resonate.server.rpc;

import dev.modulate.resonate.embedded.PollGroups;
import dev.modulate.resonate.protocol.Request;
import dev.modulate.resonate.server.FrontDoor;
import dev.modulate.resonate.v1.DebugResetRequest;
import dev.modulate.resonate.v1.DebugResetResponse;
import dev.modulate.resonate.v1.DebugSnapRequest;
import dev.modulate.resonate.v1.DebugSnapResponse;
import dev.modulate.resonate.v1.DebugStartRequest;
import dev.modulate.resonate.v1.DebugStartResponse;
import dev.modulate.resonate.v1.DebugStopRequest;
import dev.modulate.resonate.v1.DebugStopResponse;
import dev.modulate.resonate.v1.DebugTickRequest;
import dev.modulate.resonate.v1.DebugTickResponse;
import dev.modulate.resonate.v1.PollRequest;
import dev.modulate.resonate.v1.PollResponse;
import dev.modulate.resonate.v1.PromiseCreateRequest;
import dev.modulate.resonate.v1.PromiseCreateResponse;
import dev.modulate.resonate.v1.PromiseGetRequest;
import dev.modulate.resonate.v1.PromiseGetResponse;
import dev.modulate.resonate.v1.PromiseRegisterCallbackRequest;
import dev.modulate.resonate.v1.PromiseRegisterCallbackResponse;
import dev.modulate.resonate.v1.PromiseRegisterListenerRequest;
import dev.modulate.resonate.v1.PromiseRegisterListenerResponse;
import dev.modulate.resonate.v1.PromiseSearchRequest;
import dev.modulate.resonate.v1.PromiseSearchResponse;
import dev.modulate.resonate.v1.PromiseSettleRequest;
import dev.modulate.resonate.v1.PromiseSettleResponse;
import dev.modulate.resonate.v1.ResonateServiceGrpc;
import dev.modulate.resonate.v1.ScheduleCreateRequest;
import dev.modulate.resonate.v1.ScheduleCreateResponse;
import dev.modulate.resonate.v1.ScheduleDeleteRequest;
import dev.modulate.resonate.v1.ScheduleDeleteResponse;
import dev.modulate.resonate.v1.ScheduleGetRequest;
import dev.modulate.resonate.v1.ScheduleGetResponse;
import dev.modulate.resonate.v1.ScheduleSearchRequest;
import dev.modulate.resonate.v1.ScheduleSearchResponse;
import dev.modulate.resonate.v1.TaskAcquireRequest;
import dev.modulate.resonate.v1.TaskAcquireResponse;
import dev.modulate.resonate.v1.TaskContinueRequest;
import dev.modulate.resonate.v1.TaskContinueResponse;
import dev.modulate.resonate.v1.TaskCreateRequest;
import dev.modulate.resonate.v1.TaskCreateResponse;
import dev.modulate.resonate.v1.TaskFenceRequest;
import dev.modulate.resonate.v1.TaskFenceResponse;
import dev.modulate.resonate.v1.TaskFulfillRequest;
import dev.modulate.resonate.v1.TaskFulfillResponse;
import dev.modulate.resonate.v1.TaskGetRequest;
import dev.modulate.resonate.v1.TaskGetResponse;
import dev.modulate.resonate.v1.TaskHaltRequest;
import dev.modulate.resonate.v1.TaskHaltResponse;
import dev.modulate.resonate.v1.TaskHeartbeatRequest;
import dev.modulate.resonate.v1.TaskHeartbeatResponse;
import dev.modulate.resonate.v1.TaskReleaseRequest;
import dev.modulate.resonate.v1.TaskReleaseResponse;
import dev.modulate.resonate.v1.TaskSearchRequest;
import dev.modulate.resonate.v1.TaskSearchResponse;
import dev.modulate.resonate.v1.TaskSuspendRequest;
import dev.modulate.resonate.v1.TaskSuspendResponse;
import io.grpc.stub.StreamObserver;
import java.time.Duration;

/** The protocol as a gRPC service: each call is translated and goes through the same door as a request over HTTP. */
public final class ResonateGrpc extends ResonateServiceGrpc.ResonateServiceImplBase implements AutoCloseable {
    private final Calls calls;
    private final Polls polls;

    /** @param checks time between two looks at a reader that takes nothing */
    public ResonateGrpc(FrontDoor door, PollGroups groups, Duration checks) {
        this.calls = new Calls(door);
        this.polls = new Polls(door, groups, checks);
    }

    /** Bytes of messages that wait for their readers. */
    public long bytesWaiting() {
        return polls.bytesWaiting();
    }

    @Override
    public void promiseGet(PromiseGetRequest request, StreamObserver<PromiseGetResponse> observer) {
        calls.serve(
                request.getHead(),
                () -> new Request.PromiseGet(request.getData().getId()),
                PromiseGetResponse.getDefaultInstance(),
                observer);
    }

    @Override
    public void promiseCreate(PromiseCreateRequest request, StreamObserver<PromiseCreateResponse> observer) {
        calls.serve(
                request.getHead(),
                () -> ProtoRequests.create(request.getData()),
                PromiseCreateResponse.getDefaultInstance(),
                observer);
    }

    @Override
    public void promiseSettle(PromiseSettleRequest request, StreamObserver<PromiseSettleResponse> observer) {
        calls.serve(
                request.getHead(),
                () -> ProtoRequests.settle(request.getData()),
                PromiseSettleResponse.getDefaultInstance(),
                observer);
    }

    @Override
    public void promiseRegisterCallback(
            PromiseRegisterCallbackRequest request, StreamObserver<PromiseRegisterCallbackResponse> observer) {
        calls.serve(
                request.getHead(),
                () -> ProtoRequests.callback(request.getData()),
                PromiseRegisterCallbackResponse.getDefaultInstance(),
                observer);
    }

    @Override
    public void promiseRegisterListener(
            PromiseRegisterListenerRequest request, StreamObserver<PromiseRegisterListenerResponse> observer) {
        calls.serve(
                request.getHead(),
                () -> new Request.PromiseRegisterListener(
                        request.getData().getAwaited(), request.getData().getAddress()),
                PromiseRegisterListenerResponse.getDefaultInstance(),
                observer);
    }

    @Override
    public void promiseSearch(PromiseSearchRequest request, StreamObserver<PromiseSearchResponse> observer) {
        calls.serve(
                request.getHead(),
                () -> ProtoRequests.search(request.getData()),
                PromiseSearchResponse.getDefaultInstance(),
                observer);
    }

    @Override
    public void taskCreate(TaskCreateRequest request, StreamObserver<TaskCreateResponse> observer) {
        calls.serve(
                request.getHead(),
                () -> new Request.TaskCreate(
                        request.getData().getPid(),
                        request.getData().getTtl(),
                        ProtoRequests.create(request.getData().getAction())),
                TaskCreateResponse.getDefaultInstance(),
                observer);
    }

    @Override
    public void taskAcquire(TaskAcquireRequest request, StreamObserver<TaskAcquireResponse> observer) {
        calls.serve(
                request.getHead(),
                () -> new Request.TaskAcquire(
                        request.getData().getId(),
                        request.getData().getVersion(),
                        request.getData().getPid(),
                        request.getData().getTtl()),
                TaskAcquireResponse.getDefaultInstance(),
                observer);
    }

    @Override
    public void taskGet(TaskGetRequest request, StreamObserver<TaskGetResponse> observer) {
        calls.serve(
                request.getHead(),
                () -> new Request.TaskGet(request.getData().getId()),
                TaskGetResponse.getDefaultInstance(),
                observer);
    }

    @Override
    public void taskHeartbeat(TaskHeartbeatRequest request, StreamObserver<TaskHeartbeatResponse> observer) {
        calls.serve(
                request.getHead(),
                () -> ProtoRequests.heartbeat(request.getData()),
                TaskHeartbeatResponse.getDefaultInstance(),
                observer);
    }

    @Override
    public void taskRelease(TaskReleaseRequest request, StreamObserver<TaskReleaseResponse> observer) {
        calls.serve(
                request.getHead(),
                () -> new Request.TaskRelease(
                        request.getData().getId(), request.getData().getVersion()),
                TaskReleaseResponse.getDefaultInstance(),
                observer);
    }

    @Override
    public void taskFulfill(TaskFulfillRequest request, StreamObserver<TaskFulfillResponse> observer) {
        calls.serve(
                request.getHead(),
                () -> new Request.TaskFulfill(
                        request.getData().getId(),
                        request.getData().getVersion(),
                        ProtoRequests.settle(request.getData().getAction())),
                TaskFulfillResponse.getDefaultInstance(),
                observer);
    }

    @Override
    public void taskFence(TaskFenceRequest request, StreamObserver<TaskFenceResponse> observer) {
        calls.serve(
                request.getHead(),
                () -> ProtoRequests.fence(request.getData()),
                TaskFenceResponse.getDefaultInstance(),
                observer);
    }

    @Override
    public void taskSuspend(TaskSuspendRequest request, StreamObserver<TaskSuspendResponse> observer) {
        calls.serve(
                request.getHead(),
                () -> ProtoRequests.suspend(request.getData()),
                TaskSuspendResponse.getDefaultInstance(),
                observer);
    }

    @Override
    public void taskHalt(TaskHaltRequest request, StreamObserver<TaskHaltResponse> observer) {
        calls.serve(
                request.getHead(),
                () -> new Request.TaskHalt(request.getData().getId()),
                TaskHaltResponse.getDefaultInstance(),
                observer);
    }

    @Override
    public void taskContinue(TaskContinueRequest request, StreamObserver<TaskContinueResponse> observer) {
        calls.serve(
                request.getHead(),
                () -> new Request.TaskContinue(request.getData().getId()),
                TaskContinueResponse.getDefaultInstance(),
                observer);
    }

    @Override
    public void taskSearch(TaskSearchRequest request, StreamObserver<TaskSearchResponse> observer) {
        calls.serve(
                request.getHead(),
                () -> ProtoRequests.search(request.getData()),
                TaskSearchResponse.getDefaultInstance(),
                observer);
    }

    @Override
    public void scheduleCreate(ScheduleCreateRequest request, StreamObserver<ScheduleCreateResponse> observer) {
        calls.serve(
                request.getHead(),
                () -> ProtoRequests.schedule(request.getData()),
                ScheduleCreateResponse.getDefaultInstance(),
                observer);
    }

    @Override
    public void scheduleGet(ScheduleGetRequest request, StreamObserver<ScheduleGetResponse> observer) {
        calls.serve(
                request.getHead(),
                () -> new Request.ScheduleGet(request.getData().getId()),
                ScheduleGetResponse.getDefaultInstance(),
                observer);
    }

    @Override
    public void scheduleDelete(ScheduleDeleteRequest request, StreamObserver<ScheduleDeleteResponse> observer) {
        calls.serve(
                request.getHead(),
                () -> new Request.ScheduleDelete(request.getData().getId()),
                ScheduleDeleteResponse.getDefaultInstance(),
                observer);
    }

    @Override
    public void scheduleSearch(ScheduleSearchRequest request, StreamObserver<ScheduleSearchResponse> observer) {
        calls.serve(
                request.getHead(),
                () -> ProtoRequests.search(request.getData()),
                ScheduleSearchResponse.getDefaultInstance(),
                observer);
    }

    @Override
    public void debugStart(DebugStartRequest request, StreamObserver<DebugStartResponse> observer) {
        calls.serve(
                request.getHead(), () -> new Request.DebugStart(), DebugStartResponse.getDefaultInstance(), observer);
    }

    @Override
    public void debugStop(DebugStopRequest request, StreamObserver<DebugStopResponse> observer) {
        calls.serve(request.getHead(), () -> new Request.DebugStop(), DebugStopResponse.getDefaultInstance(), observer);
    }

    @Override
    public void debugReset(DebugResetRequest request, StreamObserver<DebugResetResponse> observer) {
        calls.serve(
                request.getHead(), () -> new Request.DebugReset(), DebugResetResponse.getDefaultInstance(), observer);
    }

    @Override
    public void debugTick(DebugTickRequest request, StreamObserver<DebugTickResponse> observer) {
        calls.serve(
                request.getHead(),
                () -> new Request.DebugTick(request.getData().getTime()),
                DebugTickResponse.getDefaultInstance(),
                observer);
    }

    @Override
    public void debugSnap(DebugSnapRequest request, StreamObserver<DebugSnapResponse> observer) {
        calls.serve(request.getHead(), () -> new Request.DebugSnap(), DebugSnapResponse.getDefaultInstance(), observer);
    }

    @Override
    public void poll(PollRequest request, StreamObserver<PollResponse> observer) {
        polls.open(request, observer);
    }

    /** Ends every poll, so that its client dials another server. */
    @Override
    public void close() {
        polls.close();
    }
}
