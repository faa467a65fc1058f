package dev.modulate.resonate.server.rpc;

import dev.modulate.resonate.protocol.Promise;
import dev.modulate.resonate.protocol.PromiseState;
import dev.modulate.resonate.protocol.Schedule;
import dev.modulate.resonate.protocol.Task;
import dev.modulate.resonate.protocol.TaskState;
import dev.modulate.resonate.protocol.Value;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Promises, tasks, schedules and values, as messages and back. */
final class ProtoRecords {
    private ProtoRecords() {}

    static dev.modulate.resonate.v1.Promise promise(Promise promise) {
        var message = dev.modulate.resonate.v1.Promise.newBuilder()
                .setId(promise.id())
                .setState(
                        switch (promise.state()) {
                            case PENDING -> dev.modulate.resonate.v1.PromiseState.PROMISE_STATE_PENDING;
                            case RESOLVED -> dev.modulate.resonate.v1.PromiseState.PROMISE_STATE_RESOLVED;
                            case REJECTED -> dev.modulate.resonate.v1.PromiseState.PROMISE_STATE_REJECTED;
                            case REJECTED_CANCELED ->
                                dev.modulate.resonate.v1.PromiseState.PROMISE_STATE_REJECTED_CANCELED;
                            case REJECTED_TIMEDOUT ->
                                dev.modulate.resonate.v1.PromiseState.PROMISE_STATE_REJECTED_TIMEDOUT;
                        })
                .setParam(value(promise.param()))
                .setValue(value(promise.value()))
                .putAllTags(promise.tags())
                .setTimeoutAt(promise.timeoutAtMillis())
                .setCreatedAt(promise.createdAtMillis());
        if (promise.settledAtMillis() != null) {
            message.setSettledAt(promise.settledAtMillis());
        }
        return message.build();
    }

    static List<dev.modulate.resonate.v1.Promise> promises(List<Promise> promises) {
        return promises.stream().map(ProtoRecords::promise).toList();
    }

    static dev.modulate.resonate.v1.Task task(Task task) {
        var message = dev.modulate.resonate.v1.Task.newBuilder()
                .setId(task.id())
                .setState(
                        switch (task.state()) {
                            case PENDING -> dev.modulate.resonate.v1.TaskState.TASK_STATE_PENDING;
                            case ACQUIRED -> dev.modulate.resonate.v1.TaskState.TASK_STATE_ACQUIRED;
                            case SUSPENDED -> dev.modulate.resonate.v1.TaskState.TASK_STATE_SUSPENDED;
                            case HALTED -> dev.modulate.resonate.v1.TaskState.TASK_STATE_HALTED;
                            case FULFILLED -> dev.modulate.resonate.v1.TaskState.TASK_STATE_FULFILLED;
                        })
                .setVersion(task.version())
                .setResumes(task.resumes());
        if (task.ttlMillis() != null) {
            message.setTtl(task.ttlMillis());
        }
        if (task.pid() != null) {
            message.setPid(task.pid());
        }
        return message.build();
    }

    static dev.modulate.resonate.v1.Schedule schedule(Schedule schedule) {
        var message = dev.modulate.resonate.v1.Schedule.newBuilder()
                .setId(schedule.id())
                .setCron(schedule.cron())
                .setPromiseId(schedule.promiseId())
                .setPromiseTimeout(schedule.promiseTimeoutMillis())
                .setPromiseParam(value(schedule.promiseParam()))
                .putAllPromiseTags(schedule.promiseTags())
                .setCreatedAt(schedule.createdAtMillis())
                .setNextRunAt(schedule.nextRunAtMillis());
        if (schedule.lastRunAtMillis() != null) {
            message.setLastRunAt(schedule.lastRunAtMillis());
        }
        return message.build();
    }

    static dev.modulate.resonate.v1.Value value(Value value) {
        var message = dev.modulate.resonate.v1.Value.newBuilder().putAllHeaders(value.headers());
        if (value.data() != null) {
            message.setData(value.data());
        }
        return message.build();
    }

    static Value value(dev.modulate.resonate.v1.Value message) {
        return new Value(message.getHeadersMap(), message.hasData() ? message.getData() : null);
    }

    /** Null when the caller names none, or one that this server does not know. */
    static @Nullable PromiseState state(dev.modulate.resonate.v1.PromiseState state) {
        return switch (state) {
            case PROMISE_STATE_PENDING -> PromiseState.PENDING;
            case PROMISE_STATE_RESOLVED -> PromiseState.RESOLVED;
            case PROMISE_STATE_REJECTED -> PromiseState.REJECTED;
            case PROMISE_STATE_REJECTED_CANCELED -> PromiseState.REJECTED_CANCELED;
            case PROMISE_STATE_REJECTED_TIMEDOUT -> PromiseState.REJECTED_TIMEDOUT;
            case PROMISE_STATE_UNSPECIFIED, UNRECOGNIZED -> null;
        };
    }

    /** Null when the caller names none, or one that this server does not know. */
    static @Nullable TaskState state(dev.modulate.resonate.v1.TaskState state) {
        return switch (state) {
            case TASK_STATE_PENDING -> TaskState.PENDING;
            case TASK_STATE_ACQUIRED -> TaskState.ACQUIRED;
            case TASK_STATE_SUSPENDED -> TaskState.SUSPENDED;
            case TASK_STATE_HALTED -> TaskState.HALTED;
            case TASK_STATE_FULFILLED -> TaskState.FULFILLED;
            case TASK_STATE_UNSPECIFIED, UNRECOGNIZED -> null;
        };
    }
}
