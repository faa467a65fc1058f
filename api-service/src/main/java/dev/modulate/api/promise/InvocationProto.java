package dev.modulate.api.promise;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Parser;
import dev.modulate.api.admission.MediaType;
import dev.modulate.api.admission.Names;
import dev.modulate.executor.v1.PushResult;
import dev.modulate.invocation.v1.FailedAttempt;
import dev.modulate.invocation.v1.Failure;
import dev.modulate.invocation.v1.Invocation;
import dev.modulate.invocation.v1.InvocationRecord;
import dev.modulate.invocation.v1.Outcome;
import dev.modulate.invocation.v1.Payload;
import dev.modulate.invocation.v1.SettlementRecord;
import dev.modulate.resonate.protocol.Promise;
import dev.modulate.resonate.protocol.PromiseState;
import dev.modulate.resonate.protocol.Value;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Turns promises into invocations. What a promise lacks, because another program made it, stays empty: reading never
 * fails.
 */
public final class InvocationProto {
    private static final String CANCELLED = "CANCELLED";
    private static final String TIMED_OUT = "TIMED_OUT";
    private static final String FUNCTION_ERROR = "FUNCTION_ERROR";

    private InvocationProto() {}

    /**
     * @param nowMillis a pending promise whose deadline has passed is timed out, whatever the server's stored state says
     */
    public static Invocation.Builder of(Promise promise, long nowMillis) {
        var record = parse(InvocationRecord.parser(), promise.param().data()).orElseGet(() -> unknown(promise));
        var invocation = pending(record, promise.timeoutAtMillis());
        if (!record.hasCreateTime()) {
            invocation.setCreateTime(Times.timestamp(promise.createdAtMillis()));
        }
        boolean expired = promise.state() == PromiseState.PENDING && promise.timeoutAtMillis() <= nowMillis;
        var state = expired ? PromiseState.REJECTED_TIMEDOUT : promise.state();
        if (state == PromiseState.PENDING) {
            return invocation;
        }
        var settlement = parse(
                        SettlementRecord.parser(), promise.value().headers().get(PromiseTags.HEADER_SETTLEMENT))
                .orElse(SettlementRecord.getDefaultInstance());
        var settledAt = promise.settledAtMillis();
        return invocation
                .setState(stateOf(state))
                .setOutcome(outcome(promise, state, settlement))
                .setAttempt(settlement.getAttempt())
                .setNode(settlement.getNode())
                .setDeadLetter(settlement.getDeadLetter())
                .setEndTime(Times.timestamp(settledAt == null ? promise.timeoutAtMillis() : settledAt));
    }

    /** An invocation that has no outcome yet. */
    public static Invocation.Builder pending(InvocationRecord record, long timeoutAtMillis) {
        return Invocation.newBuilder()
                .setName(Names.invocationName(record.getInvocationId()))
                .setTenant(record.getTenant())
                .setTarget(record.getTarget())
                .setVersion(record.getVersion())
                .setInput(record.getInput())
                .setState(Invocation.State.STATE_PENDING)
                .setCreateTime(record.getCreateTime())
                .setExpireTime(Times.timestamp(timeoutAtMillis));
    }

    /** An invocation whose result an executor has pushed. */
    public static Invocation.Builder finished(
            InvocationRecord record, long timeoutAtMillis, PushResult result, long nowMillis) {
        return pending(record, timeoutAtMillis)
                .setState(result.getState())
                .setOutcome(result.getOutcome())
                .setAttempt(result.getAttempt())
                .setNode(result.getNode())
                .setDeadLetter(result.getDeadLetter())
                .setEndTime(Times.timestamp(nowMillis));
    }

    /** Digest of what the caller asked for, or empty when another program made the promise. */
    public static String requestSha256(Promise promise) {
        return promise.tags().getOrDefault(PromiseTags.REQUEST, "");
    }

    /** What a cancelled promise holds. */
    public static Value cancelled(String message) {
        var settlement = SettlementRecord.newBuilder()
                .setFailure(Failure.newBuilder().setReason(CANCELLED).setMessage(message))
                .build();
        return new Value(
                Map.of(PromiseTags.HEADER_SETTLEMENT, Base64.getEncoder().encodeToString(settlement.toByteArray())),
                null);
    }

    static Optional<FailedAttempt> failedAttempt(Promise child) {
        return parse(FailedAttempt.parser(), child.param().data());
    }

    /** The state of the promise that stands for a state of an invocation. */
    public static @Nullable PromiseState promiseState(Invocation.State state) {
        return switch (state) {
            case STATE_UNSPECIFIED, UNRECOGNIZED -> null;
            case STATE_PENDING, STATE_RUNNING -> PromiseState.PENDING;
            case STATE_SUCCEEDED -> PromiseState.RESOLVED;
            case STATE_FAILED -> PromiseState.REJECTED;
            case STATE_CANCELLED -> PromiseState.REJECTED_CANCELED;
            case STATE_TIMED_OUT -> PromiseState.REJECTED_TIMEDOUT;
        };
    }

    private static Invocation.State stateOf(PromiseState state) {
        return switch (state) {
            case PENDING -> Invocation.State.STATE_PENDING;
            case RESOLVED -> Invocation.State.STATE_SUCCEEDED;
            case REJECTED -> Invocation.State.STATE_FAILED;
            case REJECTED_CANCELED -> Invocation.State.STATE_CANCELLED;
            case REJECTED_TIMEDOUT -> Invocation.State.STATE_TIMED_OUT;
        };
    }

    private static Outcome outcome(Promise promise, PromiseState state, SettlementRecord settlement) {
        var outcome = Outcome.newBuilder();
        if (settlement.hasRunDuration()) {
            outcome.setRunDuration(settlement.getRunDuration());
        }
        if (state == PromiseState.RESOLVED) {
            return outcome.setOutput(output(promise.value())).build();
        }
        var failure = settlement.hasFailure() ? settlement.getFailure() : failureWithoutRecord(promise, state);
        return outcome.setFailure(failure).build();
    }

    private static Payload output(Value value) {
        String mediaType = value.headers().getOrDefault(PromiseTags.HEADER_CONTENT_TYPE, MediaType.JSON);
        return Payload.newBuilder()
                .setMediaType(mediaType)
                .setData(decode(value.data()).orElse(ByteString.EMPTY))
                .build();
    }

    private static Failure failureWithoutRecord(Promise promise, PromiseState state) {
        return switch (state) {
            case REJECTED_TIMEDOUT ->
                Failure.newBuilder()
                        .setReason(TIMED_OUT)
                        .setMessage("no result before the promise timed out")
                        .build();
            case REJECTED_CANCELED -> Failure.newBuilder().setReason(CANCELLED).build();
            case PENDING, RESOLVED, REJECTED ->
                Failure.newBuilder()
                        .setReason(FUNCTION_ERROR)
                        .setMessage(decode(promise.value().data())
                                .map(ByteString::toStringUtf8)
                                .orElse(""))
                        .build();
        };
    }

    /** A promise of another program: its id is all that is known. */
    private static InvocationRecord unknown(Promise promise) {
        int separator = promise.id().indexOf('_');
        return InvocationRecord.newBuilder()
                .setTenant(promise.tags().getOrDefault(PromiseTags.TENANT, ""))
                .setInvocationId(promise.id().substring(separator + 1))
                .build();
    }

    private static <M> Optional<M> parse(Parser<M> parser, @Nullable String base64) {
        if (base64 == null) {
            return Optional.empty();
        }
        try {
            return Optional.of(parser.parseFrom(Base64.getDecoder().decode(base64)));
        } catch (InvalidProtocolBufferException | IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static Optional<ByteString> decode(@Nullable String base64) {
        if (base64 == null) {
            return Optional.empty();
        }
        try {
            return Optional.of(ByteString.copyFrom(Base64.getDecoder().decode(base64)));
        } catch (IllegalArgumentException e) {
            return Optional.of(ByteString.copyFromUtf8(base64));
        }
    }
}
