package dev.modulate.resonate.reference;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.protobuf.Descriptors.EnumDescriptor;
import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import java.util.Collection;
import java.util.Locale;

/** JSON of the protocol as its messages, and back: by the names of fields, and by nothing that the server uses. */
final class GrpcForm {
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
    private static final String UNSPECIFIED = "UNSPECIFIED";

    private GrpcForm() {}

    /** Sets the fields that the object has. */
    static void fill(Message.Builder message, JsonNode object) {
        for (var field : message.getDescriptorForType().getFields()) {
            var node = object.get(field.getJsonName());
            if (node == null) {
                continue;
            }
            if (field.isMapField()) {
                node.properties()
                        .forEach(entry -> message.addRepeatedField(
                                field,
                                entry(
                                        message,
                                        field,
                                        entry.getKey(),
                                        entry.getValue().textValue())));
            } else if (field.isRepeated()) {
                node.forEach(item -> message.addRepeatedField(field, value(message, field, item)));
            } else {
                message.setField(field, value(message, field, node));
            }
        }
    }

    private static Message entry(Message.Builder message, FieldDescriptor field, String key, String value) {
        var type = field.getMessageType();
        return message.newBuilderForField(field)
                .setField(type.findFieldByNumber(1), key)
                .setField(type.findFieldByNumber(2), value)
                .build();
    }

    private static Object value(Message.Builder message, FieldDescriptor field, JsonNode node) {
        return switch (field.getJavaType()) {
            case INT -> node.intValue();
            case LONG -> node.longValue();
            case STRING -> node.textValue();
            case ENUM ->
                field.getEnumType()
                        .findValueByName(
                                prefix(field.getEnumType()) + node.textValue().toUpperCase(Locale.ROOT));
            case MESSAGE -> {
                var inner = message.newBuilderForField(field);
                fill(inner, node);
                yield inner.build();
            }
            default -> throw new IllegalArgumentException("no field of the protocol: " + field);
        };
    }

    /** All fields but those that are known to be absent. */
    static ObjectNode json(Message message) {
        var object = JSON.objectNode();
        for (var field : message.getDescriptorForType().getFields()) {
            if (field.isMapField()) {
                object.set(field.getJsonName(), map((Collection<?>) message.getField(field)));
            } else if (field.isRepeated()) {
                var array = object.putArray(field.getJsonName());
                ((Collection<?>) message.getField(field)).forEach(item -> array.add(json(field, item)));
            } else if (!field.hasPresence() || message.hasField(field)) {
                object.set(field.getJsonName(), json(field, message.getField(field)));
            }
        }
        return object;
    }

    private static ObjectNode map(Collection<?> entries) {
        var map = JSON.objectNode();
        for (var item : entries) {
            var entry = (Message) item;
            var type = entry.getDescriptorForType();
            map.put((String) entry.getField(type.findFieldByNumber(1)), (String)
                    entry.getField(type.findFieldByNumber(2)));
        }
        return map;
    }

    private static JsonNode json(FieldDescriptor field, Object value) {
        return switch (field.getJavaType()) {
            case INT -> JSON.numberNode((Integer) value);
            case LONG -> JSON.numberNode((Long) value);
            case STRING -> JSON.textNode((String) value);
            case ENUM ->
                JSON.textNode(((EnumValueDescriptor) value)
                        .getName()
                        .substring(prefix(field.getEnumType()).length())
                        .toLowerCase(Locale.ROOT));
            case MESSAGE -> json((Message) value);
            default -> throw new IllegalArgumentException("no field of the protocol: " + field);
        };
    }

    private static String prefix(EnumDescriptor type) {
        String first = type.getValues().getFirst().getName();
        return first.substring(0, first.length() - UNSPECIFIED.length());
    }

    /** The data of a request as the message has it, where actions need no envelope. */
    static ObjectNode request(String kind, ObjectNode data) {
        switch (kind) {
            case "task.create", "task.fulfill" ->
                data.set("action", data.path("action").get("data"));
            case "task.fence" -> {
                var action = data.remove("action");
                data.set(action.path("kind").asText().substring("promise.".length()), action.get("data"));
            }
            case "task.suspend" -> {
                var actions = JSON.arrayNode();
                data.get("actions").forEach(action -> actions.add(action.get("data")));
                data.set("actions", actions);
            }
            default -> {}
        }
        return data;
    }

    /** What JSON answers to a request that succeeded, as the message would. */
    static JsonNode reply(String kind, int status, JsonNode data) {
        return switch (kind) {
            case "debug.tick" -> JSON.objectNode();
            case "debug.snap" -> snapshot((ObjectNode) data.deepCopy());
            case "task.suspend" -> status == 200 ? JSON.objectNode().set("preload", JSON.arrayNode()) : data;
            case "task.fence" -> fenced(data);
            default -> data;
        };
    }

    private static ObjectNode fenced(JsonNode data) {
        var action = data.get("action");
        int status = action.path("head").path("status").intValue();
        var fenced = JSON.objectNode().put("status", status);
        if (status >= 400) {
            fenced.set("error", action.get("data"));
        } else {
            fenced.set("promise", action.path("data").get("promise"));
        }
        return fenced.set("preload", data.get("preload"));
    }

    private static ObjectNode snapshot(ObjectNode state) {
        var retries = JSON.arrayNode();
        var leases = JSON.arrayNode();
        for (var timeout : state.remove("taskTimeouts")) {
            (timeout.path("type").intValue() == 0 ? retries : leases).add(timeout(timeout));
        }
        var deadlines = JSON.arrayNode();
        state.get("promiseTimeouts").forEach(timeout -> deadlines.add(timeout(timeout)));
        var messages = JSON.arrayNode();
        state.get("messages").forEach(message -> messages.add(addressed(message)));
        state.set("promiseTimeouts", deadlines);
        state.set("retryTimeouts", retries);
        state.set("leaseTimeouts", leases);
        return state.set("messages", messages);
    }

    private static ObjectNode timeout(JsonNode timeout) {
        return JSON.objectNode()
                .put("id", timeout.path("id").asText())
                .put("time", timeout.path("timeout").longValue());
    }

    private static ObjectNode addressed(JsonNode sent) {
        var message = sent.get("message");
        var addressed = JSON.objectNode().put("address", sent.path("address").asText());
        var data = message.get("data");
        if (message.path("kind").asText().equals("unblock")) {
            return addressed.set("unblock", data);
        }
        var task = data.get("task");
        addressed
                .putObject("execute")
                .put("taskId", task.path("id").asText())
                .put("version", task.path("version").longValue());
        return addressed;
    }

    /** Without the headers that JSON leaves out when there are none. */
    static void withoutEmptyHeaders(JsonNode node) {
        if (node instanceof ObjectNode object
                && object.path("headers").isObject()
                && object.path("headers").isEmpty()) {
            object.remove("headers");
        }
        if (node instanceof ObjectNode || node instanceof ArrayNode) {
            node.forEach(GrpcForm::withoutEmptyHeaders);
        }
    }
}
