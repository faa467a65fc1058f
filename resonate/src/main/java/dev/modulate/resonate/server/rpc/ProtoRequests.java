package dev.modulate.resonate.server.rpc;

import dev.modulate.resonate.protocol.PromiseState;
import dev.modulate.resonate.protocol.Request;
import dev.modulate.resonate.v1.PromiseCreateData;
import dev.modulate.resonate.v1.PromiseRegisterCallbackData;
import dev.modulate.resonate.v1.PromiseSearchRequest;
import dev.modulate.resonate.v1.PromiseSettleData;
import dev.modulate.resonate.v1.ScheduleCreateRequest;
import dev.modulate.resonate.v1.ScheduleSearchRequest;
import dev.modulate.resonate.v1.TaskFenceRequest;
import dev.modulate.resonate.v1.TaskHeartbeatRequest;
import dev.modulate.resonate.v1.TaskSearchRequest;
import dev.modulate.resonate.v1.TaskSuspendRequest;
import dev.modulate.resonate.wire.MalformedException;

/** Operations as their messages say them. What a message cannot rule out and JSON can is refused here. */
final class ProtoRequests {
    private ProtoRequests() {}

    static Request.PromiseCreate create(PromiseCreateData data) {
        return new Request.PromiseCreate(
                data.getId(), data.getTimeoutAt(), ProtoRecords.value(data.getParam()), data.getTagsMap());
    }

    static Request.PromiseSettle settle(PromiseSettleData data) throws MalformedException {
        PromiseState state = ProtoRecords.state(data.getState());
        if (state == null) {
            throw new MalformedException("data.state: " + data.getState() + " is no state of a promise");
        }
        return new Request.PromiseSettle(data.getId(), state, ProtoRecords.value(data.getValue()));
    }

    static Request.PromiseRegisterCallback callback(PromiseRegisterCallbackData data) {
        return new Request.PromiseRegisterCallback(data.getAwaited(), data.getAwaiter());
    }

    static Request.PromiseSearch search(PromiseSearchRequest.Data data) {
        return new Request.PromiseSearch(
                ProtoRecords.state(data.getState()),
                data.getTagsMap(),
                data.hasLimit() ? data.getLimit() : null,
                data.hasCursor() ? data.getCursor() : null);
    }

    static Request.TaskSearch search(TaskSearchRequest.Data data) {
        return new Request.TaskSearch(
                ProtoRecords.state(data.getState()),
                data.hasLimit() ? data.getLimit() : null,
                data.hasCursor() ? data.getCursor() : null);
    }

    static Request.ScheduleSearch search(ScheduleSearchRequest.Data data) {
        return new Request.ScheduleSearch(
                data.getTagsMap(),
                data.hasLimit() ? data.getLimit() : null,
                data.hasCursor() ? data.getCursor() : null);
    }

    static Request.TaskHeartbeat heartbeat(TaskHeartbeatRequest.Data data) {
        return new Request.TaskHeartbeat(
                data.getPid(),
                data.getTasksList().stream()
                        .map(task -> new Request.TaskVersion(task.getId(), task.getVersion()))
                        .toList());
    }

    static Request.TaskFence fence(TaskFenceRequest.Data data) throws MalformedException {
        Request.FenceAction action = switch (data.getActionCase()) {
            case CREATE -> create(data.getCreate());
            case SETTLE -> settle(data.getSettle());
            case ACTION_NOT_SET -> throw new MalformedException("data.action is missing");
        };
        return new Request.TaskFence(data.getId(), data.getVersion(), action);
    }

    static Request.TaskSuspend suspend(TaskSuspendRequest.Data data) {
        return new Request.TaskSuspend(
                data.getId(),
                data.getVersion(),
                data.getActionsList().stream().map(ProtoRequests::callback).toList());
    }

    static Request.ScheduleCreate schedule(ScheduleCreateRequest.Data data) {
        return new Request.ScheduleCreate(
                data.getId(),
                data.getCron(),
                data.getPromiseId(),
                data.getPromiseTimeout(),
                ProtoRecords.value(data.getPromiseParam()),
                data.getPromiseTagsMap());
    }
}
