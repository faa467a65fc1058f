package dev.modulate.api.invocation;

import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.MessageLite;
import com.google.rpc.Code;
import dev.modulate.api.admission.Admission;
import dev.modulate.api.admission.Ask;
import dev.modulate.api.admission.Input;
import dev.modulate.api.admission.Lifetime;
import dev.modulate.api.admission.Names;
import dev.modulate.api.admission.Subject;
import dev.modulate.api.admission.Verdict;
import dev.modulate.api.catalogue.Catalogue;
import dev.modulate.api.catalogue.Functions;
import dev.modulate.api.catalogue.InlineSpecs;
import dev.modulate.api.catalogue.Pinned;
import dev.modulate.api.promise.Promises;
import dev.modulate.api.promise.Times;
import dev.modulate.invocation.v1.InvocationRecord;
import dev.modulate.invocation.v1.Payload;
import dev.modulate.invocation.v1.Target;
import dev.modulate.observability.server.GrpcErrors;
import dev.modulate.registry.v1.FunctionSpec;
import dev.modulate.registry.v1.Placement;
import dev.modulate.resonate.protocol.Promise;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * From a request to a call that may be dispatched: checks it, finds the function, pins the version. A caller's own id is
 * looked up before the call is refused for anything that may have changed since the id was first used.
 */
final class Intake {
    private static final io.grpc.Status.Code SILENT = io.grpc.Status.Code.UNAVAILABLE;

    private final String tenant;
    private final Functions functions;
    private final InlineSpecs inlineSpecs;
    private final Promises promises;
    private final Rules rules;
    private final Supplier<String> freshIds;
    private final InstantSource clock;

    /**
     * What an operator says.
     *
     * @param registryWait longest wait for the first snapshot of functions
     */
    record Rules(Duration defaultTtl, Duration registryWait, String registry) {}

    /** Hears once what became of a request; on the caller's thread when nothing had to be asked for. */
    interface Then {
        void ready(Call call);

        /** The id is in use; the digest says whether for the same request. */
        void known(Promise promise, String requestSha256);

        void refused(StatusRuntimeException status);
    }

    /** A request that passed the checks. */
    private record Passed(Asked asked, String invocationId, Verdict.Admitted admitted) {}

    Intake(
            String tenant,
            Catalogue catalogue,
            Promises promises,
            Rules rules,
            Supplier<String> freshIds,
            InstantSource clock) {
        this.tenant = tenant;
        this.functions = catalogue.functions();
        this.inlineSpecs = catalogue.inlineSpecs();
        this.promises = promises;
        this.rules = rules;
        this.freshIds = freshIds;
        this.clock = clock;
    }

    void take(Asked asked, Then then) {
        switch (Admission.check(ask(asked))) {
            case Verdict.Refused refused -> then.refused(Refusals.of(refused.violation()));
            case Verdict.Admitted admitted -> {
                String id = asked.invocationId().isEmpty() ? freshIds.get() : asked.invocationId();
                pin(new Passed(asked, id, admitted), then, true);
            }
        }
    }

    private void pin(Passed passed, Then then, boolean mayWait) {
        var target = passed.asked.target();
        if (target.hasInline()) {
            pinInline(passed, then);
            return;
        }
        var function = target.getFunction();
        switch (functions.find(tenant, function.getName(), function.getQualifier(), passed.invocationId)) {
            case Functions.Found.Version version -> place(passed, version.pinned(), then);
            case Functions.Found.Elsewhere elsewhere -> fetch(passed, elsewhere.version(), then);
            case Functions.Found.NoFunction _ -> refuse(passed, GrpcErrors.notFound(function.getName()), then);
            case Functions.Found.NoQualifier _ -> refuse(passed, noQualifier(target), then);
            case Functions.Found.NotReady _ -> {
                if (mayWait) {
                    functions.ready(rules.registryWait).thenAccept(_ -> pin(passed, then, false));
                } else {
                    refuse(passed, notReady(), then);
                }
            }
        }
    }

    private void pinInline(Passed passed, Then then) {
        var spec = passed.asked.target().getInline();
        var known = inlineSpecs.find(spec);
        if (known != null) {
            place(passed, known, then);
            return;
        }
        check(passed, spec, then, pinned -> place(passed, pinned, then));
    }

    private void check(Passed passed, FunctionSpec spec, Then then, Consumer<Pinned> passedToo) {
        inlineSpecs.check(spec, passed.admitted.requestSha256()).whenComplete((pinned, cause) -> {
            if (pinned != null) {
                passedToo.accept(pinned);
            } else {
                var status = Refusals.status(cause);
                refuse(passed, status.getStatus().getCode() == SILENT ? notReady() : status, then);
            }
        });
    }

    /** What the call itself demands of its node keeps to the same rules as what functions demand. */
    private void place(Passed passed, Pinned pinned, Then then) {
        var placement = passed.asked.placement();
        if (placement.equals(Placement.getDefaultInstance())) {
            accept(passed, pinned, then);
            return;
        }
        var contradiction = Narrowing.contradiction(pinned.spec(), placement);
        if (contradiction.isPresent()) {
            refuse(passed, contradiction.get(), then);
            return;
        }
        var narrowed = new Pinned(pinned.version(), Narrowing.both(pinned.spec(), placement));
        var alone = Narrowing.alone(pinned.spec(), placement);
        if (inlineSpecs.find(alone) != null) {
            accept(passed, narrowed, then);
        } else {
            check(passed, alone, then, _ -> accept(passed, narrowed, then));
        }
    }

    private void fetch(Passed passed, long version, Then then) {
        var function = passed.asked.target().getFunction();
        functions.resolve(tenant, function.getName(), version).whenComplete((pinned, cause) -> {
            if (pinned != null) {
                place(passed, pinned, then);
            } else if (io.grpc.Status.fromThrowable(Refusals.cause(cause)).getCode() == io.grpc.Status.Code.NOT_FOUND) {
                refuse(passed, noQualifier(passed.asked.target()), then);
            } else {
                refuse(passed, notReady(), then);
            }
        });
    }

    private void accept(Passed passed, Pinned pinned, Then then) {
        var mismatch = Admission.mismatch(pinned.spec().getInputMediaType(), passed.admitted.mediaType());
        if (mismatch.isPresent()) {
            refuse(passed, Refusals.of(mismatch.get()), then);
            return;
        }
        var asked = passed.asked;
        long now = clock.millis();
        var lifetime = Lifetime.of(asked.ttl(), asked.callDeadline(), rules.defaultTtl);
        var record = InvocationRecord.newBuilder()
                .setTenant(tenant)
                .setInvocationId(passed.invocationId)
                .setTarget(asked.target())
                .setVersion(pinned.version())
                .setSpec(pinned.spec())
                .setInput(typed(asked.input(), passed.admitted.mediaType()))
                .setCreateTime(Times.timestamp(now))
                .setPriority(asked.priority())
                .build();
        then.ready(new Call(
                Names.promiseId(tenant, passed.invocationId),
                record,
                passed.admitted.requestSha256(),
                now + Math.max(1, lifetime.toMillis())));
    }

    private void refuse(Passed passed, StatusRuntimeException status, Then then) {
        if (passed.asked.invocationId().isEmpty()) {
            then.refused(status);
            return;
        }
        promises.get(Names.promiseId(tenant, passed.invocationId))
                .thenAccept(found -> found.ifPresentOrElse(
                        promise -> then.known(promise, passed.admitted.requestSha256()), () -> then.refused(status)))
                .exceptionally(cause -> {
                    then.refused(Refusals.status(cause));
                    return null;
                });
    }

    private StatusRuntimeException notReady() {
        return Refusals.noFunctions(
                "the functions are not known: registry " + rules.registry + " does not answer (api.registry)");
    }

    private static StatusRuntimeException noQualifier(Target target) {
        var function = target.getFunction();
        return GrpcErrors.of(
                Code.NOT_FOUND,
                "NOT_FOUND",
                function.getName() + " has no version or alias \"" + function.getQualifier() + "\"");
    }

    private static Payload typed(Payload input, String mediaType) {
        return input.getMediaType().equals(mediaType)
                ? input
                : input.toBuilder().setMediaType(mediaType).build();
    }

    private static Ask ask(Asked asked) {
        return new Ask(
                asked.invocationId(),
                subject(asked.target()),
                asked.input().getMediaType(),
                Input.of(asked.input().getData().toByteArray()),
                asked.ttl());
    }

    private static Subject subject(Target target) {
        return switch (target.getKindCase()) {
            case FUNCTION ->
                new Subject.Deployed(
                        target.getFunction().getName(), target.getFunction().getQualifier());
            case INLINE -> new Subject.Inline(Input.of(canonical(target.getInline())));
            case KIND_NOT_SET -> new Subject.Missing();
        };
    }

    /** Maps are written in key order. */
    private static byte[] canonical(MessageLite message) {
        var bytes = new byte[message.getSerializedSize()];
        var output = CodedOutputStream.newInstance(bytes);
        output.useDeterministicSerialization();
        try {
            message.writeTo(output);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
        return bytes;
    }
}
