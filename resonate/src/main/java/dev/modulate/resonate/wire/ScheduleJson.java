package dev.modulate.resonate.wire;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.modulate.resonate.protocol.Request;
import dev.modulate.resonate.protocol.Schedule;
import dev.modulate.resonate.protocol.Value;
import java.util.Map;

/** Schedules and what creates them. */
final class ScheduleJson {
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

    private ScheduleJson() {}

    static Request.ScheduleCreate create(Fields data) throws MalformedException {
        return new Request.ScheduleCreate(
                data.text("id"),
                data.text("cron"),
                data.text("promiseId"),
                data.number("promiseTimeout"),
                RecordJson.value(data, "promiseParam"),
                data.texts("promiseTags"));
    }

    static ObjectNode create(Request.ScheduleCreate create) {
        var node = JSON.objectNode()
                .put("id", create.id())
                .put("cron", create.cron())
                .put("promiseId", create.promiseId())
                .put("promiseTimeout", create.promiseTimeoutMillis());
        return promise(node, create.promiseParam(), create.promiseTags());
    }

    private static ObjectNode promise(ObjectNode node, Value param, Map<String, String> tags) {
        node.set("promiseParam", RecordJson.value(param));
        node.set("promiseTags", RecordJson.texts(tags));
        return node;
    }

    static ObjectNode schedule(Schedule schedule) {
        var node = JSON.objectNode()
                .put("id", schedule.id())
                .put("cron", schedule.cron())
                .put("promiseId", schedule.promiseId())
                .put("promiseTimeout", schedule.promiseTimeoutMillis());
        promise(node, schedule.promiseParam(), schedule.promiseTags())
                .put("createdAt", schedule.createdAtMillis())
                .put("nextRunAt", schedule.nextRunAtMillis());
        return schedule.lastRunAtMillis() == null ? node : node.put("lastRunAt", schedule.lastRunAtMillis());
    }

    static Schedule schedule(Fields fields) throws MalformedException {
        return new Schedule(
                fields.text("id"),
                fields.text("cron"),
                fields.text("promiseId"),
                fields.number("promiseTimeout"),
                RecordJson.value(fields, "promiseParam"),
                fields.texts("promiseTags"),
                fields.number("createdAt"),
                fields.number("nextRunAt"),
                fields.numberOrNull("lastRunAt"));
    }
}
