package dev.modulate.executor.lease;

import com.google.protobuf.ByteString;
import dev.modulate.executor.call.Failure;
import dev.modulate.executor.call.Outcome;
import dev.modulate.executor.call.Payload;
import dev.modulate.invocation.v1.SettlementRecord;
import dev.modulate.resonate.protocol.PromiseState;
import dev.modulate.resonate.protocol.Value;
import dev.modulate.resonate.sdk.SdkError;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;

/** How an outcome is written into a promise. */
public final class PromiseValues {
    private static final String CONTENT_TYPE = "content-type";
    private static final String SETTLEMENT = "modulate:settlement";

    private PromiseValues() {}

    public static PromiseState state(Outcome outcome) {
        return switch (outcome) {
            case Outcome.Returned returned -> PromiseState.RESOLVED;
            case Outcome.Failed failed -> PromiseState.REJECTED;
        };
    }

    /**
     * @param node {@code nodes/{node}}
     * @param foreign whether the reader is a program of a Resonate SDK: it expects JSON whatever the function returned, and
     *     an error that it can throw
     */
    public static Value value(Outcome outcome, long attempt, String node, Duration run, boolean foreign) {
        var settlement = SettlementRecord.newBuilder()
                .setAttempt(attempt)
                .setNode(node)
                .setRunDuration(com.google.protobuf.Duration.newBuilder()
                        .setSeconds(run.toSeconds())
                        .setNanos(run.toNanosPart()));
        Payload payload = switch (outcome) {
            case Outcome.Returned returned -> foreign ? asJson(returned.output()) : returned.output();
            case Outcome.Failed failed -> {
                settlement.setFailure(message(failed.failure())).setDeadLetter(true);
                yield foreign ? asError(failed.failure()) : asJson(failed.failure());
            }
        };
        return new Value(
                Map.of(
                        CONTENT_TYPE,
                        payload.mediaType(),
                        SETTLEMENT,
                        base64(settlement.build().toByteArray())),
                base64(payload.data().toByteArray()));
    }

    /** As the contract shows it. */
    public static dev.modulate.invocation.v1.Failure message(Failure failure) {
        return dev.modulate.invocation.v1.Failure.newBuilder()
                .setReason(failure.reason().name())
                .setMessage(failure.message())
                .setRetryable(failure.retryable())
                .setErrorType(failure.errorType())
                .setTrace(failure.trace())
                .build();
    }

    private static Payload asError(Failure failure) {
        String type = failure.errorType();
        String message = type.isEmpty() ? failure.message() : type + ": " + failure.message();
        var error = new SdkError(failure.reason().name(), message, failure.trace());
        return new Payload(Payload.JSON, ByteString.copyFromUtf8(error.json()));
    }

    private static Payload asJson(Failure failure) {
        return new Payload(Payload.JSON, ByteString.copyFromUtf8(json(failure)));
    }

    private static String json(Failure failure) {
        return "{\"reason\":" + quoted(failure.reason().name())
                + ",\"message\":" + quoted(failure.message())
                + ",\"retryable\":" + failure.retryable()
                + ",\"errorType\":" + quoted(failure.errorType())
                + ",\"trace\":" + quoted(failure.trace()) + "}";
    }

    /** JSON stays, text becomes a JSON string, anything else a JSON string of base64. */
    private static Payload asJson(Payload output) {
        String type = output.mediaType();
        if (type.startsWith(Payload.JSON)) {
            return output;
        }
        String text = type.startsWith("text/")
                ? output.data().toStringUtf8()
                : base64(output.data().toByteArray());
        return new Payload(Payload.JSON, ByteString.copyFromUtf8(quoted(text)));
    }

    private static String quoted(String text) {
        var json = new StringBuilder(text.length() + 16).append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                json.append('\\').append(c);
            } else if (c < ' ' || Character.isSurrogate(c)) {
                json.append(String.format("\\u%04x", (int) c));
            } else {
                json.append(c);
            }
        }
        return json.append('"').toString();
    }

    private static String base64(byte[] bytes) {
        return new String(Base64.getEncoder().encode(bytes), StandardCharsets.ISO_8859_1);
    }
}
