package dev.modulate.resonate.wire;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads members of one JSON object, and names the one that is wrong. A member that is null counts as absent. */
record Fields(JsonNode object, String path) {
    static final Fields EMPTY = new Fields(JsonNodeFactory.instance.objectNode(), "data");

    static Fields of(@Nullable JsonNode node, String path) throws MalformedException {
        if (node == null || !node.isObject()) {
            throw new MalformedException(path + " must be an object");
        }
        return new Fields(node, path);
    }

    private @Nullable JsonNode find(String name) {
        var node = object.get(name);
        return node == null || node.isNull() ? null : node;
    }

    private JsonNode present(String name) throws MalformedException {
        var node = find(name);
        if (node == null) {
            throw new MalformedException(path + "." + name + " is missing");
        }
        return node;
    }

    String text(String name) throws MalformedException {
        return text(name, present(name));
    }

    @Nullable
    String textOrNull(String name) throws MalformedException {
        var node = find(name);
        return node == null ? null : text(name, node);
    }

    private String text(String name, JsonNode node) throws MalformedException {
        if (!node.isTextual()) {
            throw new MalformedException(path + "." + name + " must be a string");
        }
        return wellFormed(name, node.textValue());
    }

    /** JSON can escape half a surrogate pair, which no UTF-8 can carry back. */
    private String wellFormed(String name, String text) throws MalformedException {
        boolean high = false;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (Character.isLowSurrogate(c) != high) {
                throw new MalformedException(path + "." + name + " holds half a surrogate pair");
            }
            high = Character.isHighSurrogate(c);
        }
        if (high) {
            throw new MalformedException(path + "." + name + " holds half a surrogate pair");
        }
        return text;
    }

    long number(String name) throws MalformedException {
        return number(name, present(name));
    }

    @Nullable
    Long numberOrNull(String name) throws MalformedException {
        var node = find(name);
        return node == null ? null : number(name, node);
    }

    private long number(String name, JsonNode node) throws MalformedException {
        if (!node.isIntegralNumber() || !node.canConvertToLong()) {
            throw new MalformedException(path + "." + name + " must be a whole number of 64 bits");
        }
        return node.longValue();
    }

    Fields object(String name) throws MalformedException {
        return of(find(name), path + "." + name);
    }

    Fields objectOrEmpty(String name) throws MalformedException {
        var node = find(name);
        return of(node == null ? JsonNodeFactory.instance.objectNode() : node, path + "." + name);
    }

    List<JsonNode> list(String name) throws MalformedException {
        var node = find(name);
        if (node == null) {
            return List.of();
        }
        if (!node.isArray()) {
            throw new MalformedException(path + "." + name + " must be an array");
        }
        return List.copyOf(((com.fasterxml.jackson.databind.node.ArrayNode) node)
                .valueStream()
                .toList());
    }

    Map<String, String> texts(String name) throws MalformedException {
        var node = find(name);
        if (node == null) {
            return Map.of();
        }
        if (!(node instanceof ObjectNode members)) {
            throw new MalformedException(path + "." + name + " must be an object");
        }
        var texts = new HashMap<String, String>();
        for (var member : members.properties()) {
            String key = wellFormed(name, member.getKey());
            texts.put(key, text(name + "." + key, member.getValue()));
        }
        return texts;
    }

    /** A counter that some servers send as an array or a boolean. */
    int count(String name) {
        var node = find(name);
        if (node == null) {
            return 0;
        }
        return node.isArray() ? node.size() : node.isBoolean() ? (node.booleanValue() ? 1 : 0) : node.intValue();
    }
}
