package dev.modulate.resonate.wire;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;

/** What a request is about that cannot be read otherwise: who may not touch it is told that and nothing else. */
final class Subjects {
    private Subjects() {}

    /** The ids that decide who may ask this; empty when one of them is missing, or when the kind has none. */
    static List<String> of(String kind, JsonNode data) {
        return switch (kind) {
            case "promise.get", "promise.create", "promise.settle" -> one(data.path("id"));
            case "promise.register_listener", "promise.register_callback" -> one(data.path("awaited"));
            case "task.create" -> one(data.path("action").path("data").path("id"));
            case "task.acquire", "task.get", "task.release", "task.fulfill", "task.fence" -> one(data.path("id"));
            case "task.suspend", "task.halt", "task.continue" -> one(data.path("id"));
            case "task.heartbeat" -> tasks(data.path("tasks"));
            case "schedule.create" -> one(data.path("promiseId"));
            case "schedule.get", "schedule.delete" -> one(data.path("id"));
            default -> List.of();
        };
    }

    private static List<String> one(JsonNode id) {
        return id.isTextual() ? List.of(id.textValue()) : List.of();
    }

    private static List<String> tasks(JsonNode tasks) {
        var ids = new ArrayList<String>();
        for (var task : tasks) {
            var id = one(task.path("id"));
            if (id.isEmpty()) {
                return List.of();
            }
            ids.addAll(id);
        }
        return ids;
    }
}
