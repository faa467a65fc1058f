package dev.modulate.resonate.wire;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.modulate.resonate.protocol.Answer;
import dev.modulate.resonate.protocol.Reply;
import dev.modulate.resonate.protocol.Request;
import dev.modulate.resonate.protocol.Schedule;
import dev.modulate.resonate.protocol.Task;
import java.util.ArrayList;
import org.jspecify.annotations.Nullable;

/** The {@code data} of a success, by shape. */
final class ReplyJson {
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

    private ReplyJson() {}

    static JsonNode write(int status, Answer answer) {
        return switch (answer) {
            // A task that is suspended has nothing to replay.
            case Answer.Preload preload when status == 200 -> JSON.objectNode();
            case Answer.Ticked ticked -> JSON.arrayNode();
            case Answer.OfSnapshot of -> SnapshotJson.write(of.snapshot());
            case Answer other -> object(other);
        };
    }

    private static ObjectNode object(Answer answer) {
        var data = JSON.objectNode();
        switch (answer) {
            case Answer.Done done -> {}
            case Answer.Ticked ticked -> {}
            case Answer.OfSnapshot of -> {}
            case Answer.OfSchedule of -> data.set("schedule", ScheduleJson.schedule(of.schedule()));
            case Answer.Schedules page -> {
                var schedules = data.putArray("schedules");
                page.schedules().forEach(schedule -> schedules.add(ScheduleJson.schedule(schedule)));
                cursor(data, page.cursor());
            }
            case Answer.OfPromise of -> data.set("promise", RecordJson.promise(of.promise()));
            case Answer.Promises page -> {
                data.set("promises", RecordJson.promises(page.promises()));
                cursor(data, page.cursor());
            }
            case Answer.OfTask of -> data.set("task", RecordJson.task(of.task()));
            case Answer.Tasks page -> {
                var tasks = data.putArray("tasks");
                page.tasks().forEach(task -> tasks.add(RecordJson.task(task)));
                cursor(data, page.cursor());
            }
            case Answer.Grant grant -> {
                data.set("task", RecordJson.task(grant.task()));
                data.set("promise", RecordJson.promise(grant.promise()));
                data.set("preload", RecordJson.promises(grant.preload()));
            }
            case Answer.Preload preload -> data.set("preload", RecordJson.promises(preload.promises()));
            case Answer.Fenced fenced -> {
                data.set("action", inner(fenced));
                data.set("preload", RecordJson.promises(fenced.preload()));
            }
        }
        return data;
    }

    private static void cursor(ObjectNode data, @Nullable String cursor) {
        if (cursor != null) {
            data.put("cursor", cursor);
        }
    }

    private static ObjectNode inner(Answer.Fenced fenced) {
        var action = JSON.objectNode().put("kind", fenced.kind());
        var head = action.putObject("head").put("corrId", "").put("version", Envelopes.VERSION);
        switch (fenced.action()) {
            case Reply.Ok<Answer.OfPromise> ok -> {
                head.put("status", ok.status());
                action.putObject("data")
                        .set("promise", RecordJson.promise(ok.answer().promise()));
            }
            case Reply.Refused<Answer.OfPromise> refused -> {
                head.put("status", refused.status());
                action.put("data", refused.message());
            }
        }
        return action;
    }

    @SuppressWarnings("unchecked") // Each branch answers what its request type says.
    static <A> A read(Request<A> request, Fields data) throws MalformedException {
        return (A)
                switch (request) {
                    case Request.PromiseGet r -> promise(data);
                    case Request.PromiseCreate r -> promise(data);
                    case Request.PromiseSettle r -> promise(data);
                    case Request.PromiseRegisterListener r -> promise(data);
                    case Request.PromiseRegisterCallback r -> promise(data);
                    case Request.TaskFulfill r -> promise(data);
                    case Request.PromiseSearch r ->
                        new Answer.Promises(RecordJson.promises(data, "promises"), data.textOrNull("cursor"));
                    case Request.TaskSearch r -> tasks(data);
                    case Request.TaskCreate r -> grant(data);
                    case Request.TaskAcquire r -> grant(data);
                    case Request.TaskGet r -> new Answer.OfTask(RecordJson.task(data.object("task")));
                    case Request.TaskHeartbeat r -> new Answer.Done();
                    case Request.TaskRelease r -> new Answer.Done();
                    case Request.TaskHalt r -> new Answer.Done();
                    case Request.TaskContinue r -> new Answer.Done();
                    case Request.TaskSuspend r -> new Answer.Preload(RecordJson.promises(data, "preload"));
                    case Request.TaskFence r -> fenced(data);
                    case Request.ScheduleCreate r -> schedule(data);
                    case Request.ScheduleGet r -> schedule(data);
                    case Request.ScheduleDelete r -> new Answer.Done();
                    case Request.ScheduleSearch r -> schedules(data);
                    case Request.DebugStart r -> new Answer.Done();
                    case Request.DebugStop r -> new Answer.Done();
                    case Request.DebugReset r -> new Answer.Done();
                    case Request.DebugTick r -> new Answer.Ticked();
                    case Request.DebugSnap r -> new Answer.OfSnapshot(SnapshotJson.read(data));
                };
    }

    private static Answer.OfPromise promise(Fields data) throws MalformedException {
        return new Answer.OfPromise(RecordJson.promise(data.object("promise")));
    }

    private static Answer.Grant grant(Fields data) throws MalformedException {
        return new Answer.Grant(
                RecordJson.task(data.object("task")),
                RecordJson.promise(data.object("promise")),
                RecordJson.promises(data, "preload"));
    }

    private static Answer.Tasks tasks(Fields data) throws MalformedException {
        var tasks = new ArrayList<Task>();
        for (var node : data.list("tasks")) {
            tasks.add(RecordJson.task(Fields.of(node, "tasks")));
        }
        return new Answer.Tasks(tasks, data.textOrNull("cursor"));
    }

    private static Answer.OfSchedule schedule(Fields data) throws MalformedException {
        return new Answer.OfSchedule(ScheduleJson.schedule(data.object("schedule")));
    }

    private static Answer.Schedules schedules(Fields data) throws MalformedException {
        var schedules = new ArrayList<Schedule>();
        for (var node : data.list("schedules")) {
            schedules.add(ScheduleJson.schedule(Fields.of(node, "schedules")));
        }
        return new Answer.Schedules(schedules, data.textOrNull("cursor"));
    }

    private static Answer.Fenced fenced(Fields data) throws MalformedException {
        var action = data.object("action");
        int status = Math.toIntExact(action.object("head").number("status"));
        return new Answer.Fenced(
                action.text("kind"),
                status >= 400
                        ? new Reply.Refused<>(
                                status, action.object().path("data").asText())
                        : new Reply.Ok<>(status, promise(action.object("data"))),
                RecordJson.promises(data, "preload"));
    }
}
