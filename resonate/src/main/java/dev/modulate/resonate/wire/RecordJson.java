package dev.modulate.resonate.wire;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.modulate.resonate.protocol.Message;
import dev.modulate.resonate.protocol.Promise;
import dev.modulate.resonate.protocol.PromiseState;
import dev.modulate.resonate.protocol.Task;
import dev.modulate.resonate.protocol.TaskState;
import dev.modulate.resonate.protocol.Value;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Promises, tasks, values and messages. */
final class RecordJson {
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

    private RecordJson() {}

    static ObjectNode texts(Map<String, String> texts) {
        var node = JSON.objectNode();
        texts.forEach(node::put);
        return node;
    }

    static ObjectNode value(Value value) {
        var node = JSON.objectNode();
        if (!value.headers().isEmpty()) {
            node.set("headers", texts(value.headers()));
        }
        return value.data() == null ? node : node.put("data", value.data());
    }

    static Value value(Fields parent, String name) throws MalformedException {
        var fields = parent.objectOrEmpty(name);
        var headers = fields.texts("headers");
        String data = fields.textOrNull("data");
        return headers.isEmpty() && data == null ? Value.EMPTY : new Value(headers, data);
    }

    static ObjectNode promise(Promise promise) {
        var node = JSON.objectNode()
                .put("id", promise.id())
                .put("state", promise.state().wireName());
        node.set("param", value(promise.param()));
        node.set("value", value(promise.value()));
        node.set("tags", texts(promise.tags()));
        node.put("timeoutAt", promise.timeoutAtMillis()).put("createdAt", promise.createdAtMillis());
        return promise.settledAtMillis() == null ? node : node.put("settledAt", promise.settledAtMillis());
    }

    static Promise promise(Fields fields) throws MalformedException {
        return new Promise(
                fields.text("id"),
                promiseState(fields.text("state")),
                value(fields, "param"),
                value(fields, "value"),
                fields.texts("tags"),
                fields.number("timeoutAt"),
                fields.number("createdAt"),
                fields.numberOrNull("settledAt"));
    }

    static ArrayNode promises(List<Promise> promises) {
        var node = JSON.arrayNode(promises.size());
        promises.forEach(promise -> node.add(promise(promise)));
        return node;
    }

    static List<Promise> promises(Fields parent, String name) throws MalformedException {
        var promises = new ArrayList<Promise>();
        for (JsonNode node : parent.list(name)) {
            promises.add(promise(Fields.of(node, name)));
        }
        return promises;
    }

    static ObjectNode task(Task task) {
        var node = JSON.objectNode()
                .put("id", task.id())
                .put("state", task.state().wireName())
                .put("version", task.version())
                .put("resumes", task.resumes());
        if (task.ttlMillis() != null) {
            node.put("ttl", task.ttlMillis());
        }
        return task.pid() == null ? node : node.put("pid", task.pid());
    }

    static Task task(Fields fields) throws MalformedException {
        return new Task(
                fields.text("id"),
                taskState(fields.text("state")),
                fields.number("version"),
                fields.count("resumes"),
                fields.numberOrNull("ttl"),
                fields.textOrNull("pid"));
    }

    static PromiseState promiseState(String name) throws MalformedException {
        for (var state : PromiseState.values()) {
            if (state.wireName().equals(name)) {
                return state;
            }
        }
        throw new MalformedException("state: \"" + name + "\" is no state of a promise");
    }

    static TaskState taskState(String name) throws MalformedException {
        for (var state : TaskState.values()) {
            if (state.wireName().equals(name)) {
                return state;
            }
        }
        throw new MalformedException("state: \"" + name + "\" is no state of a task");
    }

    static ObjectNode message(Message message) {
        var envelope = JSON.objectNode();
        switch (message) {
            case Message.Execute execute -> {
                envelope.put("kind", "execute");
                envelope.putObject("head").put("serverUrl", "");
                envelope.putObject("data")
                        .putObject("task")
                        .put("id", execute.taskId())
                        .put("version", execute.version());
            }
            case Message.Unblock unblock -> {
                envelope.put("kind", "unblock");
                envelope.putObject("head");
                envelope.putObject("data").set("promise", promise(unblock.promise()));
            }
        }
        return envelope;
    }

    static Message message(Fields envelope) throws MalformedException {
        var data = envelope.object("data");
        return switch (envelope.text("kind")) {
            case "execute" -> {
                var task = data.object("task");
                yield new Message.Execute(task.text("id"), task.number("version"));
            }
            case "unblock" -> new Message.Unblock(promise(data.object("promise")));
            default -> throw new MalformedException("kind: \"" + envelope.text("kind") + "\" is no message");
        };
    }
}
