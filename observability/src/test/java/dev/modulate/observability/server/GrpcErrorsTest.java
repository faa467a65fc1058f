package dev.modulate.observability.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.BadRequest;
import com.google.rpc.Code;
import com.google.rpc.ErrorInfo;
import com.google.rpc.RetryInfo;
import io.grpc.Status;
import io.grpc.protobuf.StatusProto;
import java.time.Duration;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class GrpcErrorsTest {
    @Test
    void aWrongValueNamesFieldValueAndRule() throws InvalidProtocolBufferException {
        var error = GrpcErrors.invalid("page_size", -1, "0 to 1000");
        assertThat(error.getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
        assertThat(error.getStatus().getDescription()).isEqualTo("page_size: \"-1\" (expected: 0 to 1000)");
        var violation = details(error).getDetails(0).unpack(BadRequest.class).getFieldViolations(0);
        assertThat(violation.getField()).isEqualTo("page_size");
    }

    @Test
    void aLongValueIsShortened() {
        assertThat(GrpcErrors.invalid("name", "x".repeat(10_000), "short"))
                .hasMessageContaining("x".repeat(80) + "…\"")
                .hasMessageNotContaining("x".repeat(81));
    }

    @Test
    void aRefusalCarriesItsReasonAndWhenToComeBack() throws InvalidProtocolBufferException {
        var error = details(GrpcErrors.retryLater(
                Code.RESOURCE_EXHAUSTED, "QUEUE_FULL", "the queue is full", Duration.ofMillis(1_500)));
        assertThat(error.getCode()).isEqualTo(Code.RESOURCE_EXHAUSTED_VALUE);
        assertThat(error.getDetails(0).unpack(ErrorInfo.class))
                .isEqualTo(ErrorInfo.newBuilder()
                        .setReason("QUEUE_FULL")
                        .setDomain("modulate.dev")
                        .build());
        var delay = error.getDetails(1).unpack(RetryInfo.class).getRetryDelay();
        assertThat(Duration.ofSeconds(delay.getSeconds(), delay.getNanos())).hasMillis(1_500);
    }

    private static com.google.rpc.Status details(Throwable error) {
        return Objects.requireNonNull(StatusProto.fromThrowable(error));
    }
}
