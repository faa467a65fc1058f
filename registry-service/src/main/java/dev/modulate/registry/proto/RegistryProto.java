package dev.modulate.registry.proto;

import com.google.protobuf.Timestamp;
import com.google.rpc.Code;
import dev.modulate.observability.server.GrpcErrors;
import dev.modulate.registry.artifact.Artifact;
import dev.modulate.registry.catalog.AliasName;
import dev.modulate.registry.catalog.CatalogAlias;
import dev.modulate.registry.catalog.CatalogEntry;
import dev.modulate.registry.catalog.CatalogFunction;
import dev.modulate.registry.catalog.CatalogVersion;
import dev.modulate.registry.catalog.FunctionName;
import dev.modulate.registry.catalog.Refusal;
import dev.modulate.registry.catalog.SpecRules;
import dev.modulate.registry.v1.Alias;
import dev.modulate.registry.v1.AliasTarget;
import dev.modulate.registry.v1.ArtifactFormat;
import dev.modulate.registry.v1.ArtifactInfo;
import dev.modulate.registry.v1.Function;
import dev.modulate.registry.v1.FunctionEntry;
import dev.modulate.registry.v1.FunctionKey;
import dev.modulate.registry.v1.FunctionVersion;
import io.grpc.StatusRuntimeException;
import java.time.Instant;

/** Records inside, proto at the edge: names, functions, artifacts and refusals. */
public final class RegistryProto {
    /** The one tenant there is until callers are told apart. */
    public static final String TENANT = "default";

    private RegistryProto() {}

    public static FunctionName functionName(String field, String resource) {
        var name = FunctionName.parse(TENANT, resource);
        if (name == null) {
            throw GrpcErrors.invalid(field, resource, FunctionName.RULE);
        }
        return name;
    }

    public static FunctionName functionNameOfId(String field, String id) {
        if (!FunctionName.isId(id)) {
            throw GrpcErrors.invalid(field, id, FunctionName.ID_RULE);
        }
        return new FunctionName(TENANT, id);
    }

    public static AliasName aliasName(String field, String resource) {
        var name = AliasName.parse(TENANT, resource);
        if (name == null) {
            throw GrpcErrors.invalid(field, resource, AliasName.RULE);
        }
        return name;
    }

    public static String digest(String field, String sha256) {
        if (!SpecRules.isDigest(sha256)) {
            throw GrpcErrors.invalid(field, sha256, "a SHA-256 digest, 64 lower-case hex digits");
        }
        return sha256;
    }

    public static CatalogAlias alias(AliasName name, Alias alias) {
        return new CatalogAlias(
                name.id(),
                alias.getTargetsList().stream()
                        .map(target -> new CatalogAlias.Share(
                                target.getVersion(), Integer.toUnsignedLong(target.getWeightPercent())))
                        .toList());
    }

    public static Alias alias(FunctionName function, CatalogAlias alias) {
        var proto = Alias.newBuilder().setName(function.resourceOfAlias(alias.id()));
        for (var share : alias.shares()) {
            proto.addTargets(
                    AliasTarget.newBuilder().setVersion(share.version()).setWeightPercent((int) share.percent()));
        }
        return proto.build();
    }

    public static Function function(CatalogFunction function) {
        var proto = Function.newBuilder()
                .setName(function.name().resource())
                .setSpec(SpecProto.write(function.spec()))
                .setVersion(function.version())
                .setCreateTime(timestamp(function.createTime()))
                .setUpdateTime(timestamp(function.updateTime()))
                .setEtag(function.etag())
                .setTenant(function.name().tenant());
        function.aliases().forEach(alias -> proto.addAliases(alias(function.name(), alias)));
        return proto.build();
    }

    public static FunctionVersion version(CatalogVersion version) {
        return FunctionVersion.newBuilder()
                .setName(version.function().resourceOfVersion(version.number()))
                .setVersion(version.number())
                .setSpec(SpecProto.write(version.spec()))
                .setCreateTime(timestamp(version.createTime()))
                .build();
    }

    public static FunctionEntry entry(CatalogEntry entry) {
        var proto = FunctionEntry.newBuilder().setFunction(function(entry.function()));
        entry.versions().forEach(version -> proto.addVersions(version(version)));
        return proto.build();
    }

    public static FunctionKey key(FunctionName name) {
        return FunctionKey.newBuilder()
                .setTenant(name.tenant())
                .setName(name.resource())
                .build();
    }

    public static ArtifactInfo artifact(Artifact artifact) {
        return ArtifactInfo.newBuilder()
                .setSha256(artifact.sha256())
                .setSizeBytes(artifact.sizeBytes())
                .setFormat(
                        switch (artifact.format()) {
                            case ZIP -> ArtifactFormat.ARTIFACT_FORMAT_ZIP;
                            case FILE -> ArtifactFormat.ARTIFACT_FORMAT_FILE;
                        })
                .build();
    }

    /** @param sizeBytesMax as the setting says */
    public static Artifact artifact(ArtifactInfo info, long sizeBytesMax) {
        digest("info.sha256", info.getSha256());
        if (info.getSizeBytes() < 1 || info.getSizeBytes() > sizeBytesMax) {
            throw GrpcErrors.invalid(
                    "info.size_bytes",
                    info.getSizeBytes(),
                    "1 to " + sizeBytesMax + ", the setting registry.artifact-size-max");
        }
        return new Artifact(
                info.getSha256(),
                info.getSizeBytes(),
                switch (info.getFormat()) {
                    case ARTIFACT_FORMAT_ZIP -> Artifact.Format.ZIP;
                    case ARTIFACT_FORMAT_FILE -> Artifact.Format.FILE;
                    case ARTIFACT_FORMAT_UNSPECIFIED, UNRECOGNIZED ->
                        throw GrpcErrors.invalid("info.format", info.getFormat(), "zip or file");
                });
    }

    public static StatusRuntimeException status(Refusal refusal) {
        return switch (refusal) {
            case Refusal.Invalid(var violation) ->
                GrpcErrors.invalid(violation.field(), violation.value(), violation.rule());
            case Refusal.NotFound(var resource) -> GrpcErrors.notFound(resource);
            case Refusal.AlreadyExists(var resource) ->
                GrpcErrors.of(Code.ALREADY_EXISTS, "ALREADY_EXISTS", resource + " exists");
            case Refusal.StaleEtag(var resource, var given, var stored) ->
                GrpcErrors.of(
                        Code.ABORTED,
                        "STALE_ETAG",
                        resource + " has changed: etag \"" + given + "\" (expected: \"" + stored + "\")");
            case Refusal.UnknownArtifact(var sha256) ->
                GrpcErrors.of(
                        Code.FAILED_PRECONDITION, "ARTIFACT_UNKNOWN", "artifact " + sha256 + " was never uploaded");
            case Refusal.Full(var what, var max) ->
                GrpcErrors.of(Code.RESOURCE_EXHAUSTED, "FULL", what + ": there are " + max + " already");
        };
    }

    private static Timestamp timestamp(Instant instant) {
        return Timestamp.newBuilder()
                .setSeconds(instant.getEpochSecond())
                .setNanos(instant.getNano())
                .build();
    }
}
