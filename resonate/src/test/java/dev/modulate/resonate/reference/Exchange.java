package dev.modulate.resonate.reference;

import com.fasterxml.jackson.databind.JsonNode;
import dev.modulate.resonate.machine.Entry;
import dev.modulate.resonate.protocol.Tags;
import java.util.Map;

/**
 * One request and what both servers said.
 *
 * @param after what we have stored since
 */
record Exchange(JsonNode request, OurServer.Answer ours, OurServer.Answer theirs, Map<String, Entry> after) {
    String kind() {
        return request.path("kind").textValue();
    }

    JsonNode data() {
        return request.path("data");
    }

    long now() {
        return request.path("head").path("resonate:debug_time").longValue();
    }

    boolean isKind(String kind) {
        return kind().equals(kind);
    }

    /** We refuse what they allow. */
    boolean onlyWeRefuse() {
        return ours.status() == 400 && !theirs.refused();
    }

    /** True for a promise that a program keeps to itself. */
    boolean internal(String id) {
        var entry = after.get(id);
        if (entry == null) {
            return false;
        }
        var tags = entry.origin().tags();
        return !tags.containsKey(Tags.TARGET)
                && !"true".equals(tags.get(Tags.TIMER))
                && !"true".equals(tags.get(Tags.EXTERNAL))
                && !"global".equals(tags.get(Tags.SCOPE));
    }

    boolean targeted(String id) {
        var entry = after.get(id);
        return entry != null && entry.task() != null;
    }

    /** True for a promise that a schedule has created. */
    boolean scheduled(String id) {
        var entry = after.get(id);
        return entry != null && entry.origin().tags().containsKey(Tags.SCHEDULE);
    }

    /** The task that the request is about. */
    String taskId() {
        String id = data().path("id").asText();
        return id.isEmpty() ? data().path("action").path("data").path("id").asText() : id;
    }
}
