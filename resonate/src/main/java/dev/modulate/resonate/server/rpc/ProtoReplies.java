package dev.modulate.resonate.server.rpc;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import dev.modulate.resonate.protocol.Answer;
import dev.modulate.resonate.protocol.Reply;
import dev.modulate.resonate.protocol.Snapshot;
import dev.modulate.resonate.v1.DebugState;
import dev.modulate.resonate.v1.Done;
import dev.modulate.resonate.v1.Execute;
import dev.modulate.resonate.v1.FenceResult;
import dev.modulate.resonate.v1.Preload;
import dev.modulate.resonate.v1.PromisePage;
import dev.modulate.resonate.v1.PromiseRegisterCallbackData;
import dev.modulate.resonate.v1.PromiseResult;
import dev.modulate.resonate.v1.ResponseHead;
import dev.modulate.resonate.v1.SchedulePage;
import dev.modulate.resonate.v1.ScheduleResult;
import dev.modulate.resonate.v1.TaskGrant;
import dev.modulate.resonate.v1.TaskPage;
import dev.modulate.resonate.v1.TaskResult;
import dev.modulate.resonate.v1.Unblock;

/** Replies as messages. All responses have the same shape: a head, then data, an error, or the data of a redirect. */
final class ProtoReplies {
    private static final int HEAD = 1;
    private static final int DATA = 2;
    private static final int ERROR = 3;
    private static final int REDIRECT = 4;
    private static final int REDIRECTED = 300;

    private ProtoReplies() {}

    /** @param kind of the response, empty */
    @SuppressWarnings("unchecked") // A builder of a message builds that message.
    static <R extends Message> R response(R kind, ResponseHead head, Reply<?> reply) {
        var response = kind.newBuilderForType();
        response.setField(field(response, HEAD), head);
        switch (reply) {
            case Reply.Ok<?> ok -> {
                int number = ok.status() == REDIRECTED ? REDIRECT : DATA;
                response.setField(field(response, number), data((Answer) ok.answer()));
            }
            case Reply.Refused<?> refused -> response.setField(field(response, ERROR), refused.message());
        }
        return (R) response.build();
    }

    private static FieldDescriptor field(Message.Builder builder, int number) {
        return builder.getDescriptorForType().findFieldByNumber(number);
    }

    private static Message data(Answer answer) {
        return switch (answer) {
            case Answer.Done done -> Done.getDefaultInstance();
            case Answer.Ticked ticked -> Done.getDefaultInstance();
            case Answer.OfPromise of ->
                PromiseResult.newBuilder()
                        .setPromise(ProtoRecords.promise(of.promise()))
                        .build();
            case Answer.OfTask of ->
                TaskResult.newBuilder().setTask(ProtoRecords.task(of.task())).build();
            case Answer.OfSchedule of ->
                ScheduleResult.newBuilder()
                        .setSchedule(ProtoRecords.schedule(of.schedule()))
                        .build();
            case Answer.Grant grant ->
                TaskGrant.newBuilder()
                        .setTask(ProtoRecords.task(grant.task()))
                        .setPromise(ProtoRecords.promise(grant.promise()))
                        .addAllPreload(ProtoRecords.promises(grant.preload()))
                        .build();
            case Answer.Preload preload ->
                Preload.newBuilder()
                        .addAllPreload(ProtoRecords.promises(preload.promises()))
                        .build();
            case Answer.Fenced fenced -> fenced(fenced);
            case Answer.Promises page -> page(page);
            case Answer.Tasks page -> page(page);
            case Answer.Schedules page -> page(page);
            case Answer.OfSnapshot of -> snapshot(of.snapshot());
        };
    }

    private static FenceResult fenced(Answer.Fenced fenced) {
        var result = FenceResult.newBuilder().addAllPreload(ProtoRecords.promises(fenced.preload()));
        switch (fenced.action()) {
            case Reply.Ok<Answer.OfPromise> ok ->
                result.setStatus(ok.status())
                        .setPromise(ProtoRecords.promise(ok.answer().promise()));
            case Reply.Refused<Answer.OfPromise> refused ->
                result.setStatus(refused.status()).setError(refused.message());
        }
        return result.build();
    }

    private static PromisePage page(Answer.Promises page) {
        var message = PromisePage.newBuilder().addAllPromises(ProtoRecords.promises(page.promises()));
        return (page.cursor() == null ? message : message.setCursor(page.cursor())).build();
    }

    private static TaskPage page(Answer.Tasks page) {
        var message = TaskPage.newBuilder();
        page.tasks().forEach(task -> message.addTasks(ProtoRecords.task(task)));
        return (page.cursor() == null ? message : message.setCursor(page.cursor())).build();
    }

    private static SchedulePage page(Answer.Schedules page) {
        var message = SchedulePage.newBuilder();
        page.schedules().forEach(schedule -> message.addSchedules(ProtoRecords.schedule(schedule)));
        return (page.cursor() == null ? message : message.setCursor(page.cursor())).build();
    }

    private static DebugState snapshot(Snapshot snapshot) {
        var state = DebugState.newBuilder().addAllPromises(ProtoRecords.promises(snapshot.promises()));
        snapshot.promiseTimeouts().forEach(due -> state.addPromiseTimeouts(timeout(due.id(), due.atMillis())));
        snapshot.callbacks()
                .forEach(callback -> state.addCallbacks(PromiseRegisterCallbackData.newBuilder()
                        .setAwaiter(callback.awaiter())
                        .setAwaited(callback.awaited())));
        snapshot.listeners()
                .forEach(listener -> state.addListeners(
                        DebugState.Listener.newBuilder().setId(listener.id()).setAddress(listener.address())));
        snapshot.tasks().forEach(task -> state.addTasks(ProtoRecords.task(task)));
        for (var due : snapshot.taskTimeouts()) {
            var timeout = timeout(due.id(), due.atMillis());
            if (due.type() == Snapshot.TaskTimeout.RETRY) {
                state.addRetryTimeouts(timeout);
            } else {
                state.addLeaseTimeouts(timeout);
            }
        }
        snapshot.messages().forEach(sent -> state.addMessages(addressed(sent)));
        return state.build();
    }

    private static DebugState.Timeout timeout(String id, long atMillis) {
        return DebugState.Timeout.newBuilder().setId(id).setTime(atMillis).build();
    }

    private static DebugState.AddressedMessage addressed(Snapshot.Sent sent) {
        var message = DebugState.AddressedMessage.newBuilder().setAddress(sent.address());
        return switch (sent.message()) {
            case dev.modulate.resonate.protocol.Message.Execute m ->
                message.setExecute(execute(m)).build();
            case dev.modulate.resonate.protocol.Message.Unblock m ->
                message.setUnblock(unblock(m)).build();
        };
    }

    static Execute execute(dev.modulate.resonate.protocol.Message.Execute message) {
        return Execute.newBuilder()
                .setTaskId(message.taskId())
                .setVersion(message.version())
                .build();
    }

    static Unblock unblock(dev.modulate.resonate.protocol.Message.Unblock message) {
        return Unblock.newBuilder()
                .setPromise(ProtoRecords.promise(message.promise()))
                .build();
    }
}
