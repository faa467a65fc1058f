package dev.modulate.resonate.wire;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.DeserializationFeature;
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
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Whole requests, replies and messages as bytes. Safe for any thread. */
public final class Envelopes {
    /** The one version of the wire that is spoken. */
    public static final String VERSION = "2026-04-01";

    private static final String DEBUG_TIME = "resonate:debug_time";
    private static final int DEPTH_MAX = 32;
    private static final int TEXT_CHARS_MAX = 4 << 20;
    private static final ObjectMapper MAPPER = JsonMapper.builder(new com.fasterxml.jackson.core.JsonFactoryBuilder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(DEPTH_MAX)
                            .maxStringLength(TEXT_CHARS_MAX)
                            .build())
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private Envelopes() {}

    /**
     * A request as it came.
     *
     * @param kind what the caller wrote, {@code unknown} when that cannot be told
     * @param correlationId what the caller wrote, {@code 0} when that cannot be told
     * @param auth the token in the head, null when there is none
     */
    public record Received(
            String kind, String correlationId, @Nullable String auth, Content content) {}

    /** What an envelope holds. */
    public sealed interface Content {
        /** @param debugTimeMillis when the request comes, for a server in debug mode */
        record Operation(Request<?> request, @Nullable Long debugTimeMillis) implements Content {}

        /** The envelope breaks the rules: nobody asks who sent it. */
        record BadEnvelope(String mistake) implements Content {}

        /**
         * The envelope is right and what it asks for is not: told to callers who may ask only.
         *
         * @param ids what it is about, as far as that can be told
         */
        record BadOperation(String mistake, List<String> ids) implements Content {
            public BadOperation {
                ids = List.copyOf(ids);
            }
        }
    }

    /** Never throws: whatever the bytes are, there is something to answer. */
    public static Received readRequest(byte[] body) {
        JsonNode envelope;
        try {
            envelope = MAPPER.readTree(body);
        } catch (IOException e) {
            return new Received("unknown", "0", null, new Content.BadEnvelope("Malformed JSON: " + firstLine(e)));
        }
        var head = envelope.get("head");
        return new Received(
                text(envelope.get("kind"), "unknown"),
                text(head == null ? null : head.get("corrId"), "0"),
                head == null ? null : textOrNull(head.get("auth")),
                content(envelope));
    }

    private static Content content(JsonNode envelope) {
        String kind;
        Fields head;
        Fields data;
        try {
            var fields = Fields.of(envelope, "envelope");
            kind = fields.text("kind");
            if (kind.isEmpty()) {
                throw new MalformedException("envelope.kind must not be empty");
            }
            head = fields.object("head");
            head.text("corrId");
            String version = head.text("version");
            data = fields.object("data");
            if (!version.equals(VERSION)) {
                throw new MalformedException(
                        "Unsupported protocol version " + version + " (expected: " + VERSION + ")");
            }
        } catch (MalformedException e) {
            return new Content.BadEnvelope("" + e.getMessage());
        }
        try {
            var request = RequestJson.read(kind, data);
            return request == null
                    ? new Content.BadOperation("Unknown kind " + kind, List.of())
                    : new Content.Operation(request, head.numberOrNull(DEBUG_TIME));
        } catch (MalformedException e) {
            return new Content.BadOperation("" + e.getMessage(), Subjects.of(kind, data.object()));
        }
    }

    private static @Nullable String textOrNull(@Nullable JsonNode node) {
        return node == null || !node.isTextual() ? null : node.textValue();
    }

    private static String text(@Nullable JsonNode node, String otherwise) {
        return node == null || !node.isTextual() || node.textValue().isEmpty() ? otherwise : node.textValue();
    }

    private static String firstLine(IOException e) {
        return String.valueOf(e.getMessage()).lines().findFirst().orElse("");
    }

    /** @param token of the caller; empty for none */
    public static byte[] writeRequest(Request<?> request, String correlationId, String token) {
        var envelope = JsonNodeFactory.instance.objectNode().put("kind", request.kind());
        var head = envelope.putObject("head").put("corrId", correlationId).put("version", VERSION);
        if (!token.isEmpty()) {
            head.put("auth", token);
        }
        envelope.set("data", RequestJson.write(request));
        return bytes(envelope);
    }

    /** A reply to a request that was served. */
    public static byte[] writeReply(String kind, String correlationId, Reply<?> reply) {
        return switch (reply) {
            case Reply.Ok<?> ok ->
                envelope(kind, correlationId, ok.status(), ReplyJson.write(ok.status(), (Answer) ok.answer()));
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
            var data = request instanceof Request.DebugTick ? Fields.EMPTY : fields.object("data");
            return new Reply.Ok<>(status, ReplyJson.read(request, data));
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
