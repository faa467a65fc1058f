package dev.modulate.router.foreign;

import com.google.protobuf.ByteString;
import com.google.protobuf.Timestamp;
import dev.modulate.invocation.v1.FunctionRef;
import dev.modulate.invocation.v1.InvocationRecord;
import dev.modulate.invocation.v1.Payload;
import dev.modulate.invocation.v1.Target;
import dev.modulate.registry.v1.FunctionVersion;
import dev.modulate.resonate.protocol.Promise;
import dev.modulate.resonate.protocol.Request;
import dev.modulate.resonate.protocol.Tags;
import dev.modulate.router.wire.AttemptFailure;
import dev.modulate.router.wire.Call;
import dev.modulate.router.wire.PromiseRecords;
import dev.modulate.router.wire.Specs;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/**
 * The version that a call of an SDK program runs, kept in a child of its promise: a timer that is over, so it is born
 * settled. The input stays in the promise itself.
 */
public final class Pins {
    private static final String KIND_PIN = "pin";
    private static final String NAME = "pin";
    private static final String JSON = "application/json";

    private Pins() {}

    public static InvocationRecord record(Promise promise, SdkCall.Asked asked, FunctionVersion version) {
        var wanted = asked.wanted();
        var function = FunctionRef.newBuilder().setName(wanted.name()).setQualifier(wanted.qualifier());
        var created = Instant.ofEpochMilli(promise.createdAtMillis());
        return InvocationRecord.newBuilder()
                .setTenant(wanted.tenant())
                .setInvocationId(promise.id())
                .setTarget(Target.newBuilder().setFunction(function))
                .setVersion(version.getVersion())
                .setSpec(version.getSpec())
                .setCreateTime(Timestamp.newBuilder()
                        .setSeconds(created.getEpochSecond())
                        .setNanos(created.getNano()))
                .build();
    }

    /** What such a function says against the call. */
    public static Optional<AttemptFailure> objection(InvocationRecord pinned) {
        String declared = pinned.getSpec().getInputMediaType();
        return declared.isEmpty() || declared.startsWith(JSON)
                ? Optional.empty()
                : Optional.of(AttemptFailure.unretryable(
                        AttemptFailure.INVALID_CALL,
                        pinned.getTarget().getFunction().getName() + " takes " + declared + ", not " + JSON));
    }

    public static String id(String promiseId, String separator) {
        return PromiseRecords.childId(promiseId, NAME, separator);
    }

    public static Request.PromiseCreate create(
            Promise promise, String separator, InvocationRecord pinned, Instant now) {
        String id = id(promise.id(), separator);
        var tags = Map.of(
                PromiseRecords.KIND,
                KIND_PIN,
                PromiseRecords.TENANT,
                pinned.getTenant(),
                Tags.TIMER,
                "true",
                Tags.ORIGIN,
                promise.tags().getOrDefault(Tags.ORIGIN, PromiseRecords.origin(promise.id())),
                Tags.PARENT,
                promise.id(),
                Tags.BRANCH,
                id);
        return new Request.PromiseCreate(id, now.toEpochMilli(), PromiseRecords.param(pinned), tags);
    }

    /** The version that such a child keeps. */
    public static Optional<InvocationRecord> read(Promise child) {
        return PromiseRecords.record(child);
    }

    public static Call call(InvocationRecord pinned, ByteString input, Specs specs) {
        var payload = Payload.newBuilder().setMediaType(JSON).setData(input);
        return specs.call(pinned.toBuilder().setInput(payload).build());
    }
}
