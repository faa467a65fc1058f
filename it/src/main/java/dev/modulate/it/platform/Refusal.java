package dev.modulate.it.platform;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.BadRequest;
import com.google.rpc.ErrorInfo;
import com.google.rpc.RetryInfo;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import java.util.concurrent.CompletionException;

/**
 * What a caller is told that is not served.
 *
 * @param reason of the {@code ErrorInfo}, or empty
 * @param field of the {@code BadRequest}, or empty
 * @param retryable true when a time is named after which to try again
 */
public record Refusal(Status.Code code, String message, String reason, String field, boolean retryable) {
    /** @throws IllegalStateException when the call is served */
    public static Refusal of(Runnable call) {
        try {
            call.run();
        } catch (StatusRuntimeException e) {
            return of(e);
        } catch (CompletionException e) {
            if (e.getCause() instanceof StatusRuntimeException status) {
                return of(status);
            }
            throw e;
        }
        throw new IllegalStateException("the call was served");
    }

    private static Refusal of(StatusRuntimeException thrown) {
        var code = thrown.getStatus().getCode();
        String message = String.valueOf(thrown.getStatus().getDescription());
        var refusal = new Refusal(code, message, "", "", false);
        var status = StatusProto.fromThrowable(thrown);
        return status == null ? refusal : refusal.with(status);
    }

    private Refusal with(com.google.rpc.Status status) {
        String why = reason;
        String where = field;
        boolean again = retryable;
        try {
            for (var detail : status.getDetailsList()) {
                if (detail.is(ErrorInfo.class)) {
                    why = detail.unpack(ErrorInfo.class).getReason();
                } else if (detail.is(BadRequest.class)) {
                    where = detail.unpack(BadRequest.class)
                            .getFieldViolations(0)
                            .getField();
                } else if (detail.is(RetryInfo.class)) {
                    again = true;
                }
            }
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalStateException("details cannot be read: " + status, e);
        }
        return new Refusal(code, message, why, where, again);
    }
}
