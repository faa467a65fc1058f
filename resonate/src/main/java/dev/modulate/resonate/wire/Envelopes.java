package dev.modulate.resonate.wire;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.modulate.resonate.protocol.Answer;
import dev.modulate.resonate.protocol.Message;
import dev.modulate.resonate.protocol.Reply;
import dev.modulate.resonate.protocol.Request;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Whole requests, replies and messages as bytes. Safe for any thread. */
public final class Envelopes {
    /** The one version of the wire that is spoken. */
    public static final String VERSION = "2026-04-01";

    private static final int DEPTH_MAX = 32;
    private static final int TEXT_CHARS_MAX = 4 << 20;
    private static final ObjectMapper MAPPER = JsonMapper.builder(new com.fasterxml.jackson.core.JsonFactoryBuilder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(DEPTH_MAX)
                            .maxStringLength(TEXT_CHARS_MAX)
                            .build())
                    .build())
            .build();

    private Envelopes() {}

    /**
     * A request as it came, or what the caller must be told instead.
     *
     * @param request null when it cannot be served: then {@code status} and {@code mistake} say why
     */
    public record Received(
            String kind, String correlationId, @Nullable Request<?> request, int status, String mistake) {}

    public static Received readRequest(byte[] body) {
        JsonNode envelope;
        try {
            envelope = MAPPER.readTree(body);
        } catch (IOException e) {
            return new Received("unknown", "0", null, 400, "Malformed JSON: " + firstLine(e));
        }
        String kind = text(envelope.get("kind"), "unknown");
        var head = envelope.get("head");
        String correlationId = text(head == null ? null : head.get("corrId"), "0");
        try {
            var fields = Fields.of(envelope, "envelope");
            if (fields.text("kind").isEmpty()) {
                throw new MalformedException("kind must not be empty");
            }
            var headFields = fields.object("head");
            headFields.text("corrId");
            var data = fields.object("data");
            if (!headFields.text("version").equals(VERSION)) {
                throw new MalformedException("Unsupported protocol version " + headFields.text("version"));
            }
            var request = RequestJson.read(kind, data);
            return new Received(kind, correlationId, request, 400, request == null ? "Unknown kind " + kind : "");
        } catch (MalformedException e) {
            return new Received(kind, correlationId, null, 400, "" + e.getMessage());
        }
    }

    private static String text(@Nullable JsonNode node, String otherwise) {
        return node == null || !node.isTextual() || node.textValue().isEmpty() ? otherwise : node.textValue();
    }

    private static String firstLine(IOException e) {
        return String.valueOf(e.getMessage()).lines().findFirst().orElse("");
    }

    public static byte[] writeRequest(Request<?> request, String correlationId) {
        var envelope = JsonNodeFactory.instance.objectNode().put("kind", request.kind());
        envelope.putObject("head").put("corrId", correlationId).put("version", VERSION);
        envelope.set("data", RequestJson.write(request));
        return bytes(envelope);
    }

    /** A reply to a request that was served. */
    public static byte[] writeReply(String kind, String correlationId, Reply<?> reply) {
        return switch (reply) {
            case Reply.Ok<?> ok -> envelope(kind, correlationId, ok.status(), ReplyJson.write((Answer) ok.answer()));
            case Reply.Refused<?> refused -> writeRefusal(kind, correlationId, refused.status(), refused.message());
        };
    }

    public static byte[] writeRefusal(String kind, String correlationId, int status, String message) {
        return envelope(kind, correlationId, status, TextNode.valueOf(message));
    }

    private static byte[] envelope(String kind, String correlationId, int status, JsonNode data) {
        var envelope = JsonNodeFactory.instance.objectNode().put("kind", kind);
        envelope.putObject("head")
                .put("corrId", correlationId)
                .put("status", status)
                .put("version", VERSION);
        envelope.set("data", data);
        return bytes(envelope);
    }

    /**
     * Reads the reply to a request.
     *
     * @throws MalformedException when it is not a reply to this request; status 500 and 503 are told as such a fault
     */
    public static <A> Reply<A> readReply(Request<A> request, String correlationId, byte[] body)
            throws MalformedException {
        try {
            var fields = Fields.of(MAPPER.readTree(body), "envelope");
            var head = fields.object("head");
            if (!fields.text("kind").equals(request.kind())
                    || !head.text("corrId").equals(correlationId)) {
                throw new MalformedException(
                        "the reply is to another request: " + fields.text("kind") + " " + head.text("corrId"));
            }
            int status = Math.toIntExact(head.number("status"));
            if (status >= 500 && status != 501) {
                throw new MalformedException(
                        "status " + status + ": " + fields.object().path("data").asText());
            }
            if (status >= 400) {
                return new Reply.Refused<>(status, fields.object().path("data").asText());
            }
            return new Reply.Ok<>(status, ReplyJson.read(request, fields.object("data")));
        } catch (IOException | ArithmeticException e) {
            throw new MalformedException("the reply is not JSON: " + e.getMessage());
        }
    }

    public static byte[] writeMessage(Message message) {
        return bytes(RecordJson.message(message));
    }

    public static Message readMessage(byte[] body) throws MalformedException {
        try {
            return RecordJson.message(Fields.of(MAPPER.readTree(body), "message"));
        } catch (IOException e) {
            throw new MalformedException("the message is not JSON: " + firstLine(e));
        }
    }

    private static byte[] bytes(ObjectNode node) {
        try {
            return MAPPER.writeValueAsBytes(node);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a JSON tree cannot be written", e);
        }
    }
}
