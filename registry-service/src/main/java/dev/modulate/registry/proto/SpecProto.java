package dev.modulate.registry.proto;

import com.google.protobuf.Duration;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.modulate.registry.catalog.Durability;
import dev.modulate.registry.catalog.FunctionRuntime;
import dev.modulate.registry.catalog.Spec;
import dev.modulate.registry.v1.FunctionSpec;
import dev.modulate.registry.v1.Placement;
import dev.modulate.registry.v1.ResourceRequirements;
import dev.modulate.registry.v1.RetryPolicy;
import org.jspecify.annotations.Nullable;

/** Specs in the contract's terms, both ways. What the contract can say and a spec may not be passes, to be refused by the rules. */
public final class SpecProto {
    /** Bounds of {@code google.protobuf.Duration}: 10,000 years. */
    private static final long DURATION_SECONDS_MAX = 315_576_000_000L;

    private SpecProto() {}

    public static byte[] encode(Spec spec) {
        return write(spec).toByteArray();
    }

    public static Spec decode(byte[] bytes) {
        try {
            return read(FunctionSpec.parseFrom(bytes));
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalStateException("a stored spec cannot be read", e);
        }
    }

    public static Spec read(FunctionSpec spec) {
        return new Spec(
                new Spec.Code(
                        runtime(spec.getRuntime()),
                        spec.getArtifactSha256(),
                        spec.getHandler(),
                        spec.getInputMediaType()),
                resources(spec.getResources()),
                new Spec.Running(
                        spec.hasAttemptTimeout() ? duration(spec.getAttemptTimeout()) : null,
                        Integer.toUnsignedLong(spec.getInstanceConcurrency()),
                        durability(spec.getDurability())),
                retry(spec.getRetryPolicy()),
                scaling(spec.getScaling()),
                placement(spec.getPlacement()),
                spec.getEnvironmentMap(),
                spec.getLabelsMap());
    }

    public static FunctionSpec write(Spec spec) {
        var code = spec.code();
        var running = spec.running();
        var proto = FunctionSpec.newBuilder()
                .setRuntime(runtime(code.runtime()))
                .setArtifactSha256(code.artifactSha256())
                .setHandler(code.handler())
                .setInputMediaType(code.inputMediaType())
                .setInstanceConcurrency((int) running.instanceConcurrency())
                .setDurability(dev.modulate.registry.v1.Durability.DURABILITY_DURABLE)
                .putAllEnvironment(spec.environment())
                .putAllLabels(spec.labels());
        if (running.attemptTimeout() != null) {
            proto.setAttemptTimeout(duration(running.attemptTimeout()));
        }
        writeResources(spec.resources(), proto);
        writeRetry(spec.retry(), proto);
        writeScaling(spec.scaling(), proto);
        if (!spec.placement().equals(Spec.Placement.ANYWHERE)) {
            proto.getPlacementBuilder()
                    .setPool(spec.placement().pool())
                    .putAllRequiredNodeLabels(spec.placement().requiredNodeLabels())
                    .setRule(spec.placement().rule())
                    .setPreferredRule(spec.placement().preferredRule());
        }
        return proto.build();
    }

    private static Spec.Placement placement(Placement placement) {
        return new Spec.Placement(
                placement.getPool(),
                placement.getRequiredNodeLabelsMap(),
                placement.getRule(),
                placement.getPreferredRule());
    }

    private static Spec.Resources resources(ResourceRequirements resources) {
        return new Spec.Resources(
                Integer.toUnsignedLong(resources.getCpuMillis()),
                resources.getMemoryBytes(),
                resources.hasAccelerator() ? AcceleratorProto.read(resources.getAccelerator()) : null);
    }

    private static void writeResources(Spec.Resources resources, FunctionSpec.Builder proto) {
        var accelerator = resources.accelerator();
        if (resources.cpuMillis() == 0 && resources.memoryBytes() == 0 && accelerator == null) {
            return;
        }
        var needs = proto.getResourcesBuilder()
                .setCpuMillis((int) resources.cpuMillis())
                .setMemoryBytes(resources.memoryBytes());
        if (accelerator != null) {
            needs.setAccelerator(AcceleratorProto.write(accelerator));
        }
    }

    private static Spec.Retry retry(RetryPolicy retry) {
        return new Spec.Retry(
                Integer.toUnsignedLong(retry.getAttemptCountMax()),
                retry.hasInitialBackoff() ? duration(retry.getInitialBackoff()) : null,
                retry.hasMaxBackoff() ? duration(retry.getMaxBackoff()) : null,
                retry.getBackoffMultiplier(),
                retry.getRetryableReasonsList());
    }

    private static void writeRetry(Spec.Retry retry, FunctionSpec.Builder proto) {
        if (retry.equals(Spec.Retry.NONE)) {
            return;
        }
        var policy = proto.getRetryPolicyBuilder()
                .setAttemptCountMax((int) retry.attemptCountMax())
                .setBackoffMultiplier(retry.backoffMultiplier())
                .addAllRetryableReasons(retry.retryableReasons());
        if (retry.initialBackoff() != null) {
            policy.setInitialBackoff(duration(retry.initialBackoff()));
        }
        if (retry.maxBackoff() != null) {
            policy.setMaxBackoff(duration(retry.maxBackoff()));
        }
    }

    private static Spec.Scaling scaling(dev.modulate.registry.v1.Scaling scaling) {
        return new Spec.Scaling(
                Integer.toUnsignedLong(scaling.getInstanceCountMin()),
                Integer.toUnsignedLong(scaling.getInstanceCountMax()),
                scaling.hasIdleTimeout() ? duration(scaling.getIdleTimeout()) : null,
                Integer.toUnsignedLong(scaling.getInstanceCountPinned()));
    }

    private static void writeScaling(Spec.Scaling scaling, FunctionSpec.Builder proto) {
        if (scaling.equals(Spec.Scaling.DEFAULT)) {
            return;
        }
        var counts = proto.getScalingBuilder()
                .setInstanceCountMin((int) scaling.instanceCountMin())
                .setInstanceCountMax((int) scaling.instanceCountMax())
                .setInstanceCountPinned((int) scaling.instanceCountPinned());
        if (scaling.idleTimeout() != null) {
            counts.setIdleTimeout(duration(scaling.idleTimeout()));
        }
    }

    private static FunctionRuntime runtime(dev.modulate.registry.v1.Runtime runtime) {
        return switch (runtime) {
            case RUNTIME_PYTHON -> FunctionRuntime.PYTHON;
            case RUNTIME_PYTHON_SCRIPT -> FunctionRuntime.PYTHON_SCRIPT;
            case RUNTIME_UNSPECIFIED, UNRECOGNIZED -> FunctionRuntime.UNKNOWN;
        };
    }

    private static dev.modulate.registry.v1.Runtime runtime(FunctionRuntime runtime) {
        return switch (runtime) {
            case PYTHON -> dev.modulate.registry.v1.Runtime.RUNTIME_PYTHON;
            case PYTHON_SCRIPT -> dev.modulate.registry.v1.Runtime.RUNTIME_PYTHON_SCRIPT;
            case UNKNOWN -> dev.modulate.registry.v1.Runtime.RUNTIME_UNSPECIFIED;
        };
    }

    private static Durability durability(dev.modulate.registry.v1.Durability durability) {
        return switch (durability) {
            case DURABILITY_UNSPECIFIED, DURABILITY_DURABLE -> Durability.DURABLE;
            case UNRECOGNIZED -> Durability.UNKNOWN;
        };
    }

    private static java.time.Duration duration(Duration duration) {
        long seconds = Math.clamp(duration.getSeconds(), -DURATION_SECONDS_MAX, DURATION_SECONDS_MAX);
        return java.time.Duration.ofSeconds(seconds, duration.getNanos());
    }

    private static Duration duration(java.time.@Nullable Duration duration) {
        return duration == null
                ? Duration.getDefaultInstance()
                : Duration.newBuilder()
                        .setSeconds(duration.getSeconds())
                        .setNanos(duration.getNano())
                        .build();
    }
}
