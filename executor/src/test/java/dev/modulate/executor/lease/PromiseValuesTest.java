package dev.modulate.executor.lease;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.modulate.executor.call.Failure;
import dev.modulate.executor.call.Failure.Reason;
import dev.modulate.executor.call.Outcome;
import dev.modulate.executor.call.Payload;
import dev.modulate.invocation.v1.SettlementRecord;
import dev.modulate.resonate.protocol.PromiseState;
import dev.modulate.resonate.protocol.Value;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import org.junit.jupiter.api.Test;

class PromiseValuesTest {
    private static Value value(Outcome outcome, boolean foreign) {
        return PromiseValues.value(outcome, 3, "nodes/a", Duration.ofMillis(1500), foreign);
    }

    private static Outcome returned(String mediaType, String text) {
        return new Outcome.Returned(new Payload(mediaType, ByteString.copyFromUtf8(text)));
    }

    private static String text(Value value) {
        return new String(Base64.getDecoder().decode("" + value.data()), StandardCharsets.UTF_8);
    }

    private static SettlementRecord settlement(Value value) throws InvalidProtocolBufferException {
        return SettlementRecord.parseFrom(
                Base64.getDecoder().decode(value.headers().get("modulate:settlement")));
    }

    @Test
    void anOutputKeepsItsBytesAndType() throws InvalidProtocolBufferException {
        var value = value(returned("text/plain", "hé"), false);

        assertThat(text(value)).isEqualTo("hé");
        assertThat(value.headers()).containsEntry("content-type", "text/plain");
        var settlement = settlement(value);
        assertThat(settlement.getAttempt()).isEqualTo(3);
        assertThat(settlement.getNode()).isEqualTo("nodes/a");
        assertThat(settlement.getRunDuration())
                .isEqualTo(com.google.protobuf.Duration.newBuilder()
                        .setSeconds(1)
                        .setNanos(500_000_000)
                        .build());
        assertThat(settlement.getDeadLetter()).isFalse();
    }

    @Test
    void aFailureIsJsonForAnyReader() throws InvalidProtocolBufferException {
        var failure = Failure.of(Reason.FUNCTION_ERROR, "a \"quoted\"\nline \u0001 😀", "ValueError", "");
        var value = value(new Outcome.Failed(failure), false);

        assertThat(PromiseValues.state(new Outcome.Failed(failure))).isEqualTo(PromiseState.REJECTED);
        assertThat(text(value))
                .isEqualTo("{\"reason\":\"FUNCTION_ERROR\",\"message\":\"a \\\"quoted\\\"\\u000aline \\u0001 "
                        + "\\ud83d\\ude00\",\"retryable\":true,\"errorType\":\"ValueError\",\"trace\":\"\"}");
        assertThat(settlement(value).getFailure().getMessage()).isEqualTo("a \"quoted\"\nline \u0001 😀");
        assertThat(settlement(value).getDeadLetter()).isTrue();
    }

    @Test
    void aForeignReaderAlwaysGetsJson() {
        assertThat(text(value(returned("application/json", "[1]"), true))).isEqualTo("[1]");
        assertThat(text(value(returned("text/plain", "a\"b"), true))).isEqualTo("\"a\\\"b\"");
        assertThat(text(value(returned("application/octet-stream", "ab"), true)))
                .isEqualTo("\"YWI=\"");
    }

    @Test
    void aFailureIsAnErrorThatAForeignReaderThrows() throws InvalidProtocolBufferException {
        var failure = Failure.of(Reason.FUNCTION_ERROR, "too big", "ValueError", "line 7");
        var value = value(new Outcome.Failed(failure), true);

        assertThat(text(value))
                .isEqualTo("{\"__type\":\"error\",\"name\":\"FUNCTION_ERROR\",\"message\":\"ValueError: too big\","
                        + "\"stack\":\"FUNCTION_ERROR: ValueError: too big\\nline 7\"}");
        assertThat(settlement(value).getFailure().getReason()).isEqualTo("FUNCTION_ERROR");
    }
}
