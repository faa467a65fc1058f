package dev.modulate.router.wire;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Timestamp;
import dev.modulate.invocation.v1.FailedAttempt;
import dev.modulate.invocation.v1.Failure;
import dev.modulate.invocation.v1.InvocationRecord;
import dev.modulate.invocation.v1.SettlementRecord;
import dev.modulate.resonate.protocol.Promise;
import dev.modulate.resonate.protocol.PromiseState;
import dev.modulate.resonate.protocol.Request;
import dev.modulate.resonate.protocol.Tags;
import dev.modulate.resonate.protocol.Value;
import dev.modulate.resonate.sdk.SdkError;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** How a call, a failed attempt and an end are kept in promises. */
public final class PromiseRecords {
    public static final String KIND = "modulate:kind";
    public static final String KIND_INVOCATION = "invocation";
    public static final String KIND_ATTEMPT = "attempt";
    public static final String TENANT = "modulate:tenant";
    public static final String FUNCTION = "modulate:function";
    public static final String REQUEST = "modulate:request";
    private static final String EXTERNAL = "true";
    private static final String CONTENT_TYPE = "content-type";
    private static final String SETTLEMENT = "modulate:settlement";
    private static final String RECORD_TYPE =
            "application/x-protobuf; messageType=modulate.invocation.v1.InvocationRecord";
    private static final String ATTEMPT_TYPE =
            "application/x-protobuf; messageType=modulate.invocation.v1.FailedAttempt";
    private static final String FUNCTIONS = "functions/";
    private static final char TENANT_END = '_';
    private static final char ROOT_END = ':';

    /** Whose clock says that a call is older than that is not believed. */
    static final Duration AGE_MAX = Duration.ofDays(1);

    private static final String DEEPER = ".";

    private PromiseRecords() {}

    public static Value param(InvocationRecord record) {
        return new Value(Map.of(CONTENT_TYPE, RECORD_TYPE), base64(record.toByteArray()));
    }

    /** The write that makes a call durable. */
    public static Request.PromiseCreate create(Submission submission, String target, long timeoutAtMillis) {
        var record = submission.call().record();
        String name = record.getTarget().getFunction().getName();
        String function = name.startsWith(FUNCTIONS) ? name.substring(FUNCTIONS.length()) : "-";
        String id = submission.id();
        var tags = Map.of(
                KIND,
                KIND_INVOCATION,
                TENANT,
                record.getTenant(),
                FUNCTION,
                function,
                REQUEST,
                submission.request(),
                Tags.TARGET,
                target,
                Tags.SCOPE,
                "global",
                Tags.EXTERNAL,
                EXTERNAL,
                Tags.ORIGIN,
                id,
                Tags.BRANCH,
                id,
                Tags.PARENT,
                id);
        return new Request.PromiseCreate(id, timeoutAtMillis, submission.param(), tags);
    }

    /** The record of the call that a promise stores; empty when it stores something else. */
    public static Optional<InvocationRecord> record(Promise promise) {
        String data = promise.param().data();
        if (data == null || !RECORD_TYPE.equals(promise.param().headers().get(CONTENT_TYPE))) {
            return Optional.empty();
        }
        try {
            return Optional.of(InvocationRecord.parseFrom(Base64.getDecoder().decode(data)));
        } catch (InvalidProtocolBufferException | IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /** How long ago it was created: the clocks of this machine and the store's may differ, so never less than zero, nor absurdly long. */
    public static Duration age(Promise promise, long nowMillis) {
        return Duration.ofMillis(Math.clamp(nowMillis - promise.createdAtMillis(), 0, AGE_MAX.toMillis()));
    }

    /** An API stores calls as records; whatever else comes was written by a program of an SDK. */
    public static Reader reader(Promise promise) {
        return RECORD_TYPE.equals(promise.param().headers().get(CONTENT_TYPE)) ? Reader.API : Reader.SDK;
    }

    /** What the caller of a stored promise had asked for; empty text when nothing says so. */
    public static String request(Promise promise) {
        return promise.tags().getOrDefault(REQUEST, "");
    }

    /** The child promise that keeps a failed attempt: a timer that is over, so it is born settled. */
    public static Request.PromiseCreate failedAttempt(
            TaskVersion task, String separator, String node, AttemptFailure failure, Instant now) {
        String childId = childId(task, separator);
        var attempt = FailedAttempt.newBuilder()
                .setAttempt(task.version())
                .setNode(node)
                .setFailure(failure(failure))
                .setRecordTime(
                        Timestamp.newBuilder().setSeconds(now.getEpochSecond()).setNanos(now.getNano()))
                .build();
        int tenantEnd = task.id().indexOf(TENANT_END);
        var tags = new HashMap<>(Map.of(
                KIND,
                KIND_ATTEMPT,
                Tags.TIMER,
                "true",
                Tags.ORIGIN,
                origin(task.id()),
                Tags.PARENT,
                task.id(),
                Tags.BRANCH,
                childId));
        if (tenantEnd > 0) {
            tags.put(TENANT, task.id().substring(0, tenantEnd));
        }
        return new Request.PromiseCreate(
                childId,
                now.toEpochMilli(),
                new Value(Map.of(CONTENT_TYPE, ATTEMPT_TYPE), base64(attempt.toByteArray())),
                tags);
    }

    /** Id of the promise that keeps the failure of an attempt. */
    public static String childId(TaskVersion attempt, String separator) {
        return childId(attempt.id(), Long.toString(attempt.version()), separator);
    }

    /** @param separator below a root; deeper in a tree whose root ends with a colon it is a dot */
    public static String childId(String id, String name, String separator) {
        return id + (id.indexOf(ROOT_END) < 0 ? separator : DEEPER) + name;
    }

    /** Root of the tree, as far as the id says: our ids are roots, SDK programs end the root with a colon. */
    public static String origin(String id) {
        int end = id.indexOf(ROOT_END);
        return end < 0 ? id : id.substring(0, end);
    }

    /** The failure that such a promise keeps. */
    public static Optional<AttemptFailure> failedAttempt(Promise child) {
        String data = child.param().data();
        if (data == null) {
            return Optional.empty();
        }
        try {
            var attempt = FailedAttempt.parseFrom(Base64.getDecoder().decode(data));
            return Optional.of(failure(attempt.getFailure()));
        } catch (InvalidProtocolBufferException | IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /** Ends a call for good; it is listed as a dead letter. */
    public static Request.TaskFulfill deadLetter(TaskVersion task, String node, AttemptFailure failure, Reader reader) {
        var settlement = SettlementRecord.newBuilder()
                .setFailure(failure(failure))
                .setAttempt(task.version())
                .setNode(node)
                .setDeadLetter(true)
                .build();
        var value = new Value(
                Map.of(CONTENT_TYPE, "application/json", SETTLEMENT, base64(settlement.toByteArray())),
                base64(words(failure, reader).getBytes(StandardCharsets.UTF_8)));
        return new Request.TaskFulfill(
                task.id(), task.version(), new Request.PromiseSettle(task.id(), PromiseState.REJECTED, value));
    }

    static AttemptFailure failure(Failure failure) {
        return new AttemptFailure(
                failure.getReason(),
                failure.getMessage(),
                failure.getRetryable(),
                failure.getErrorType(),
                failure.getTrace());
    }

    private static Failure failure(AttemptFailure failure) {
        return Failure.newBuilder()
                .setReason(failure.reason())
                .setMessage(failure.message())
                .setRetryable(failure.retryable())
                .setErrorType(failure.errorType())
                .setTrace(failure.trace())
                .build();
    }

    private static String words(AttemptFailure failure, Reader reader) {
        return switch (reader) {
            case API -> json(failure);
            case SDK -> {
                String type = failure.errorType();
                String message = type.isEmpty() ? failure.message() : type + ": " + failure.message();
                yield new SdkError(failure.reason(), message, failure.trace()).json();
            }
        };
    }

    private static String json(AttemptFailure failure) {
        return "{\"reason\":" + quoted(failure.reason()) + ",\"message\":" + quoted(failure.message())
                + ",\"retryable\":" + failure.retryable() + ",\"errorType\":" + quoted(failure.errorType())
                + ",\"trace\":" + quoted(failure.trace()) + "}";
    }

    private static String quoted(String text) {
        var out = new StringBuilder(text.length() + 2).append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                out.append('\\').append(c);
            } else if (c < 0x20) {
                out.append(String.format("\\u%04x", (int) c));
            } else {
                out.append(c);
            }
        }
        return out.append('"').toString();
    }

    private static String base64(byte[] bytes) {
        return Base64.getEncoder().encodeToString(bytes);
    }
}
