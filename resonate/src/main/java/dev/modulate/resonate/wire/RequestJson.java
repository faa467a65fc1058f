package dev.modulate.resonate.wire;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.modulate.resonate.protocol.PromiseState;
import dev.modulate.resonate.protocol.Request;
import dev.modulate.resonate.protocol.Request.PromiseCreate;
import dev.modulate.resonate.protocol.Request.PromiseRegisterCallback;
import dev.modulate.resonate.protocol.Request.PromiseSettle;
import dev.modulate.resonate.protocol.TaskState;
import java.util.ArrayList;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The {@code data} of a request, by kind. */
final class RequestJson {
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

    private RequestJson() {}

    static @Nullable Request<?> read(String kind, Fields data) throws MalformedException {
        return switch (kind) {
            case "promise.get" -> new Request.PromiseGet(data.text("id"));
            case "promise.create" -> create(data);
            case "promise.settle" -> settle(data);
            case "promise.register_listener" ->
                new Request.PromiseRegisterListener(data.text("awaited"), data.text("address"));
            case "promise.register_callback" -> callback(data);
            case "promise.search" ->
                new Request.PromiseSearch(
                        promiseStateOrNull(data.textOrNull("state")),
                        data.texts("tags"),
                        limit(data),
                        data.textOrNull("cursor"));
            case "task.create" ->
                new Request.TaskCreate(
                        data.text("pid"), data.number("ttl"), create(action(data.object("action"), "promise.create")));
            case "task.acquire" ->
                new Request.TaskAcquire(data.text("id"), data.number("version"), data.text("pid"), data.number("ttl"));
            case "task.get" -> new Request.TaskGet(data.text("id"));
            case "task.heartbeat" -> heartbeat(data);
            case "task.release" -> new Request.TaskRelease(data.text("id"), data.number("version"));
            case "task.fulfill" ->
                new Request.TaskFulfill(
                        data.text("id"),
                        data.number("version"),
                        settle(action(data.object("action"), "promise.settle")));
            case "task.fence" ->
                new Request.TaskFence(data.text("id"), data.number("version"), fence(data.object("action")));
            case "task.suspend" -> suspend(data);
            case "task.halt" -> new Request.TaskHalt(data.text("id"));
            case "task.continue" -> new Request.TaskContinue(data.text("id"));
            case "task.search" ->
                new Request.TaskSearch(
                        taskStateOrNull(data.textOrNull("state")), limit(data), data.textOrNull("cursor"));
            case "schedule.create" -> ScheduleJson.create(data);
            case "schedule.get" -> new Request.ScheduleGet(data.text("id"));
            case "schedule.delete" -> new Request.ScheduleDelete(data.text("id"));
            case "schedule.search" ->
                new Request.ScheduleSearch(data.texts("tags"), limit(data), data.textOrNull("cursor"));
            case "debug.start" -> new Request.DebugStart();
            case "debug.stop" -> new Request.DebugStop();
            case "debug.reset" -> new Request.DebugReset();
            case "debug.tick" -> new Request.DebugTick(data.number("time"));
            case "debug.snap" -> new Request.DebugSnap();
            default -> null;
        };
    }

    private static PromiseCreate create(Fields data) throws MalformedException {
        return new PromiseCreate(
                data.text("id"), data.number("timeoutAt"), RecordJson.value(data, "param"), data.texts("tags"));
    }

    private static PromiseSettle settle(Fields data) throws MalformedException {
        return new PromiseSettle(
                data.text("id"), RecordJson.promiseState(data.text("state")), RecordJson.value(data, "value"));
    }

    private static PromiseRegisterCallback callback(Fields data) throws MalformedException {
        return new PromiseRegisterCallback(data.text("awaited"), data.text("awaiter"));
    }

    private static Fields action(Fields action, String kind) throws MalformedException {
        if (!action.text("kind").equals(kind)) {
            throw new MalformedException(action.path() + ".kind must be " + kind);
        }
        return action.object("data");
    }

    private static Request.FenceAction fence(Fields action) throws MalformedException {
        return switch (action.text("kind")) {
            case "promise.create" -> create(action.object("data"));
            case "promise.settle" -> settle(action.object("data"));
            default -> throw new MalformedException("Invalid fence action kind");
        };
    }

    private static Request.TaskHeartbeat heartbeat(Fields data) throws MalformedException {
        var tasks = new ArrayList<Request.TaskVersion>();
        for (JsonNode node : data.list("tasks")) {
            var task = Fields.of(node, "data.tasks");
            tasks.add(new Request.TaskVersion(task.text("id"), task.number("version")));
        }
        return new Request.TaskHeartbeat(data.text("pid"), tasks);
    }

    private static Request.TaskSuspend suspend(Fields data) throws MalformedException {
        var actions = new ArrayList<PromiseRegisterCallback>();
        for (JsonNode node : data.list("actions")) {
            actions.add(callback(action(Fields.of(node, "data.actions"), "promise.register_callback")));
        }
        return new Request.TaskSuspend(data.text("id"), data.number("version"), actions);
    }

    private static @Nullable Integer limit(Fields data) throws MalformedException {
        var limit = data.numberOrNull("limit");
        return limit == null ? null : Math.clamp(limit, -1, Integer.MAX_VALUE);
    }

    private static @Nullable PromiseState promiseStateOrNull(@Nullable String state) throws MalformedException {
        return state == null ? null : RecordJson.promiseState(state);
    }

    private static @Nullable TaskState taskStateOrNull(@Nullable String state) throws MalformedException {
        return state == null ? null : RecordJson.taskState(state);
    }

    static ObjectNode write(Request<?> request) {
        return switch (request) {
            case Request.PromiseGet get -> named(get.id());
            case PromiseCreate create -> create(create);
            case PromiseSettle settle -> settle(settle);
            case Request.PromiseRegisterListener listener ->
                JSON.objectNode().put("awaited", listener.awaited()).put("address", listener.address());
            case PromiseRegisterCallback callback -> callback(callback);
            case Request.PromiseSearch search -> search(search);
            case Request.TaskCreate create ->
                JSON.objectNode()
                        .put("pid", create.pid())
                        .put("ttl", create.ttlMillis())
                        .set("action", action(create.action().kind(), create(create.action())));
            case Request.TaskAcquire acquire ->
                named(acquire.id())
                        .put("version", acquire.version())
                        .put("pid", acquire.pid())
                        .put("ttl", acquire.ttlMillis());
            case Request.TaskGet get -> named(get.id());
            case Request.TaskHeartbeat heartbeat -> heartbeat(heartbeat);
            case Request.TaskRelease release -> named(release.id()).put("version", release.version());
            case Request.TaskFulfill fulfill ->
                named(fulfill.id())
                        .put("version", fulfill.version())
                        .set("action", action(fulfill.action().kind(), settle(fulfill.action())));
            case Request.TaskFence fence -> fence(fence);
            case Request.TaskSuspend suspend -> suspend(suspend);
            case Request.TaskHalt halt -> named(halt.id());
            case Request.TaskContinue resume -> named(resume.id());
            case Request.TaskSearch search ->
                page(search.state() == null ? null : search.state().wireName(), search.limit(), search.cursor());
            case Request.ScheduleCreate create -> ScheduleJson.create(create);
            case Request.ScheduleGet get -> named(get.id());
            case Request.ScheduleDelete delete -> named(delete.id());
            case Request.ScheduleSearch search -> tagged(page(null, search.limit(), search.cursor()), search.tags());
            case Request.DebugTick tick -> JSON.objectNode().put("time", tick.timeMillis());
            case Request.DebugStart start -> JSON.objectNode();
            case Request.DebugStop stop -> JSON.objectNode();
            case Request.DebugReset reset -> JSON.objectNode();
            case Request.DebugSnap snap -> JSON.objectNode();
        };
    }

    private static ObjectNode named(String id) {
        return JSON.objectNode().put("id", id);
    }

    private static ObjectNode create(PromiseCreate create) {
        var data = named(create.id()).put("timeoutAt", create.timeoutAtMillis());
        data.set("param", RecordJson.value(create.param()));
        data.set("tags", RecordJson.texts(create.tags()));
        return data;
    }

    private static ObjectNode settle(PromiseSettle settle) {
        return named(settle.id())
                .put("state", settle.state().wireName())
                .set("value", RecordJson.value(settle.value()));
    }

    private static ObjectNode callback(PromiseRegisterCallback callback) {
        return JSON.objectNode().put("awaited", callback.awaited()).put("awaiter", callback.awaiter());
    }

    private static ObjectNode search(Request.PromiseSearch search) {
        var data = page(search.state() == null ? null : search.state().wireName(), search.limit(), search.cursor());
        return tagged(data, search.tags());
    }

    private static ObjectNode tagged(ObjectNode data, Map<String, String> tags) {
        return tags.isEmpty() ? data : data.set("tags", RecordJson.texts(tags));
    }

    private static ObjectNode page(@Nullable String state, @Nullable Integer limit, @Nullable String cursor) {
        var data = JSON.objectNode();
        if (state != null) {
            data.put("state", state);
        }
        if (limit != null) {
            data.put("limit", limit);
        }
        return cursor == null ? data : data.put("cursor", cursor);
    }

    private static ObjectNode heartbeat(Request.TaskHeartbeat heartbeat) {
        var tasks = JSON.arrayNode();
        heartbeat.tasks().forEach(task -> tasks.add(named(task.id()).put("version", task.version())));
        return JSON.objectNode().put("pid", heartbeat.pid()).set("tasks", tasks);
    }

    private static ObjectNode fence(Request.TaskFence fence) {
        var action = switch (fence.action()) {
            case PromiseCreate create -> action(create.kind(), create(create));
            case PromiseSettle settle -> action(settle.kind(), settle(settle));
        };
        return named(fence.id()).put("version", fence.version()).set("action", action);
    }

    private static ObjectNode suspend(Request.TaskSuspend suspend) {
        var actions = JSON.arrayNode();
        suspend.actions().forEach(action -> actions.add(action(action.kind(), callback(action))));
        return named(suspend.id()).put("version", suspend.version()).set("actions", actions);
    }

    private static ObjectNode action(String kind, ObjectNode data) {
        var action = JSON.objectNode().put("kind", kind);
        action.putObject("head").put("corrId", "").put("version", Envelopes.VERSION);
        action.set("data", data);
        return action;
    }
}
