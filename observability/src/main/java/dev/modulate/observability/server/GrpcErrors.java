package dev.modulate.observability.server;

import com.google.protobuf.Any;
import com.google.rpc.BadRequest;
import com.google.rpc.Code;
import com.google.rpc.ErrorInfo;
import com.google.rpc.RetryInfo;
import com.google.rpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import java.time.Duration;

/** Statuses with {@code google.rpc} details, so that a program can tell what a human is told. */
public final class GrpcErrors {
    /** Domain of the reasons in {@code ErrorInfo}. */
    public static final String DOMAIN = "modulate.dev";

    private static final int SHOWN_VALUE_MAX = 80;

    private GrpcErrors() {}

    /** {@code INVALID_ARGUMENT}: {@code field: "value" (expected: rule)}. */
    public static StatusRuntimeException invalid(String field, Object value, String rule) {
        String words = field + ": \"" + shorten(String.valueOf(value)) + "\" (expected: " + rule + ")";
        var violation = BadRequest.FieldViolation.newBuilder().setField(field).setDescription(words);
        return StatusProto.toStatusRuntimeException(Status.newBuilder()
                .setCode(Code.INVALID_ARGUMENT_VALUE)
                .setMessage(words)
                .addDetails(Any.pack(
                        BadRequest.newBuilder().addFieldViolations(violation).build()))
                .build());
    }

    /** @param reason stable, in UPPER_SNAKE_CASE */
    public static StatusRuntimeException of(Code code, String reason, String message) {
        return StatusProto.toStatusRuntimeException(
                status(code, reason, message).build());
    }

    /** The same with the time after which a retry makes sense. */
    public static StatusRuntimeException retryLater(Code code, String reason, String message, Duration after) {
        return StatusProto.toStatusRuntimeException(retryLaterStatus(code, reason, message, after));
    }

    /** As a message, for streams that carry statuses. */
    public static Status retryLaterStatus(Code code, String reason, String message, Duration after) {
        var delay = com.google.protobuf.Duration.newBuilder()
                .setSeconds(after.toSeconds())
                .setNanos(after.toNanosPart());
        return status(code, reason, message)
                .addDetails(Any.pack(RetryInfo.newBuilder().setRetryDelay(delay).build()))
                .build();
    }

    public static StatusRuntimeException notFound(String resource) {
        return of(Code.NOT_FOUND, "NOT_FOUND", resource + " does not exist");
    }

    private static Status.Builder status(Code code, String reason, String message) {
        return Status.newBuilder()
                .setCode(code.getNumber())
                .setMessage(message)
                .addDetails(Any.pack(ErrorInfo.newBuilder()
                        .setReason(reason)
                        .setDomain(DOMAIN)
                        .build()));
    }

    private static String shorten(String value) {
        return value.length() <= SHOWN_VALUE_MAX ? value : value.substring(0, SHOWN_VALUE_MAX) + "…";
    }
}
