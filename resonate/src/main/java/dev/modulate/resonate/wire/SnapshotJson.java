package dev.modulate.resonate.wire;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.modulate.resonate.protocol.Snapshot;
import dev.modulate.resonate.protocol.Snapshot.Deadline;
import dev.modulate.resonate.protocol.Snapshot.Listener;
import dev.modulate.resonate.protocol.Snapshot.Sent;
import dev.modulate.resonate.protocol.Snapshot.TaskTimeout;
import dev.modulate.resonate.protocol.Task;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** The whole state of a server in debug mode. */
final class SnapshotJson {
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

    private SnapshotJson() {}

    static ObjectNode write(Snapshot snapshot) {
        var node = JSON.objectNode();
        node.set("promises", RecordJson.promises(snapshot.promises()));
        put(node, "promiseTimeouts", snapshot.promiseTimeouts(), SnapshotJson::deadline);
        put(node, "callbacks", snapshot.callbacks(), SnapshotJson::callback);
        put(node, "listeners", snapshot.listeners(), SnapshotJson::listener);
        put(node, "tasks", snapshot.tasks(), RecordJson::task);
        put(node, "taskTimeouts", snapshot.taskTimeouts(), SnapshotJson::timeout);
        put(node, "messages", snapshot.messages(), SnapshotJson::sent);
        return node;
    }

    private static <T> void put(ObjectNode node, String name, List<T> values, Function<T, ObjectNode> form) {
        var array = node.putArray(name);
        values.forEach(value -> array.add(form.apply(value)));
    }

    private static ObjectNode deadline(Deadline deadline) {
        return JSON.objectNode().put("id", deadline.id()).put("timeout", deadline.atMillis());
    }

    private static ObjectNode callback(Snapshot.Callback callback) {
        return JSON.objectNode().put("awaiter", callback.awaiter()).put("awaited", callback.awaited());
    }

    private static ObjectNode listener(Listener listener) {
        return JSON.objectNode().put("id", listener.id()).put("address", listener.address());
    }

    private static ObjectNode timeout(TaskTimeout timeout) {
        return JSON.objectNode()
                .put("id", timeout.id())
                .put("type", timeout.type())
                .put("timeout", timeout.atMillis());
    }

    private static ObjectNode sent(Sent sent) {
        return JSON.objectNode().put("address", sent.address()).set("message", RecordJson.message(sent.message()));
    }

    static Snapshot read(Fields data) throws MalformedException {
        return new Snapshot(
                RecordJson.promises(data, "promises"),
                list(data, "promiseTimeouts", f -> new Deadline(f.text("id"), f.number("timeout"))),
                list(data, "callbacks", f -> new Snapshot.Callback(f.text("awaiter"), f.text("awaited"))),
                list(data, "listeners", f -> new Listener(f.text("id"), f.text("address"))),
                SnapshotJson.<Task>list(data, "tasks", RecordJson::task),
                list(
                        data,
                        "taskTimeouts",
                        f -> new TaskTimeout(f.text("id"), Math.toIntExact(f.number("type")), f.number("timeout"))),
                list(data, "messages", f -> new Sent(f.text("address"), RecordJson.message(f.object("message")))));
    }

    private interface Reader<T> {
        T read(Fields fields) throws MalformedException;
    }

    private static <T> List<T> list(Fields data, String name, Reader<T> reader) throws MalformedException {
        var list = new ArrayList<T>();
        for (var node : data.list(name)) {
            list.add(reader.read(Fields.of(node, name)));
        }
        return list;
    }
}
