package dev.modulate.router.wire;

import dev.modulate.invocation.v1.FunctionRef;
import dev.modulate.invocation.v1.InvocationRecord;
import dev.modulate.invocation.v1.Target;
import dev.modulate.registry.v1.FunctionSpec;
import dev.modulate.registry.v1.FunctionVersion;
import dev.modulate.registry.v1.RetryPolicy;
import dev.modulate.router.placement.FunctionKey;
import dev.modulate.router.placement.Needs;
import dev.modulate.router.rule.RoutingRules;
import dev.modulate.router.scheduling.Priority;
import java.time.Duration;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What the router reads out of a function's spec, with the defaults of fields that are not set. */
public final class Specs {
    private static final String POOL_OF_ACCELERATORS = "gpu";
    private static final String POOL_WITHOUT = "cpu";
    private static final String EVERY_POOL = "";
    private static final Duration INITIAL_BACKOFF = Duration.ofSeconds(1);
    private static final Duration MAX_BACKOFF = Duration.ofSeconds(60);
    private static final double BACKOFF_MULTIPLIER = 2;

    private final RoutingRules rules;

    public Specs(RoutingRules rules) {
        this.rules = rules;
    }

    public Call call(InvocationRecord record) {
        return new Call(
                record, needs(key(record), record), retry(record.getSpec().getRetryPolicy()), priority(record));
    }

    /** A deployed version of which copies are to be kept; null when its spec asks for none. */
    public @Nullable Pinned pinned(String tenant, String function, FunctionVersion version) {
        int copies = version.getSpec().getScaling().getInstanceCountPinned();
        if (copies <= 0) {
            return null;
        }
        var program = InvocationRecord.newBuilder()
                .setTenant(tenant)
                .setTarget(
                        Target.newBuilder().setFunction(FunctionRef.newBuilder().setName(function)))
                .setVersion(version.getVersion())
                .setSpec(version.getSpec())
                .build();
        return new Pinned(program, needs(key(program), program), copies);
    }

    private static Priority priority(InvocationRecord record) {
        return switch (record.getPriority()) {
            case PRIORITY_HIGH -> Priority.HIGH;
            case PRIORITY_LOW -> Priority.LOW;
            case PRIORITY_UNSPECIFIED, PRIORITY_NORMAL, UNRECOGNIZED -> Priority.NORMAL;
        };
    }

    /** Of a function that is not deployed. */
    public Needs needs(String tenant, FunctionSpec spec) {
        var record =
                InvocationRecord.newBuilder().setTenant(tenant).setSpec(spec).build();
        return needs(artifact(tenant, spec), record);
    }

    /** Of a call of a deployed version. */
    public Needs needs(String tenant, FunctionVersion version) {
        String function =
                version.getName().substring(0, Math.max(0, version.getName().lastIndexOf("/versions/")));
        var record = InvocationRecord.newBuilder()
                .setTenant(tenant)
                .setTarget(
                        Target.newBuilder().setFunction(FunctionRef.newBuilder().setName(function)))
                .setVersion(version.getVersion())
                .setSpec(version.getSpec())
                .build();
        return needs(key(record), record);
    }

    private static FunctionKey key(InvocationRecord record) {
        return record.getTarget().hasFunction()
                ? new FunctionKey(record.getTenant() + "/"
                        + record.getTarget().getFunction().getName() + "/versions/" + record.getVersion())
                : artifact(record.getTenant(), record.getSpec());
    }

    private static FunctionKey artifact(String tenant, FunctionSpec spec) {
        return new FunctionKey(tenant + "/artifacts/" + spec.getArtifactSha256());
    }

    private Needs needs(FunctionKey key, InvocationRecord record) {
        var resources = record.getSpec().getResources();
        var placement = record.getSpec().getPlacement();
        return new Needs(
                key,
                pool(record.getSpec()),
                placement.getRequiredNodeLabelsMap(),
                resources.getCpuMillis(),
                resources.getMemoryBytes(),
                accelerators(record.getSpec()),
                rules.of(placement.getRule(), record),
                rules.of(placement.getPreferredRule(), record));
    }

    /** Whoever writes a rule and names no pool lets the rule choose it. */
    private static String pool(FunctionSpec spec) {
        var placement = spec.getPlacement();
        if (!placement.getPool().isEmpty()) {
            return placement.getPool();
        }
        if (spec.getResources().hasAccelerator()) {
            return POOL_OF_ACCELERATORS;
        }
        return placement.getRule().isEmpty() ? POOL_WITHOUT : EVERY_POOL;
    }

    private static Needs.@Nullable Accelerators accelerators(FunctionSpec spec) {
        if (!spec.getResources().hasAccelerator()) {
            return null;
        }
        return Shares.needs(spec.getResources().getAccelerator());
    }

    private static RetryRule retry(RetryPolicy policy) {
        var initial = policy.hasInitialBackoff() ? RouterProto.duration(policy.getInitialBackoff()) : INITIAL_BACKOFF;
        var max = policy.hasMaxBackoff() ? RouterProto.duration(policy.getMaxBackoff()) : MAX_BACKOFF;
        return new RetryRule(
                Math.max(1, policy.getAttemptCountMax()),
                initial,
                max,
                policy.getBackoffMultiplier() > 0 ? policy.getBackoffMultiplier() : BACKOFF_MULTIPLIER,
                Set.copyOf(policy.getRetryableReasonsList()));
    }
}
