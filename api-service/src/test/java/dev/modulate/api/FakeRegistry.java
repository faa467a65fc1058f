package dev.modulate.api;

import com.google.rpc.Code;
import dev.modulate.observability.server.GrpcErrors;
import dev.modulate.registry.v1.Alias;
import dev.modulate.registry.v1.AliasTarget;
import dev.modulate.registry.v1.ArtifactInfo;
import dev.modulate.registry.v1.CreateFunctionRequest;
import dev.modulate.registry.v1.CreateFunctionResponse;
import dev.modulate.registry.v1.DownloadArtifactRequest;
import dev.modulate.registry.v1.DownloadArtifactResponse;
import dev.modulate.registry.v1.Function;
import dev.modulate.registry.v1.FunctionEntry;
import dev.modulate.registry.v1.FunctionKey;
import dev.modulate.registry.v1.FunctionSpec;
import dev.modulate.registry.v1.FunctionVersion;
import dev.modulate.registry.v1.GetFunctionRequest;
import dev.modulate.registry.v1.GetFunctionResponse;
import dev.modulate.registry.v1.RegistryServiceGrpc;
import dev.modulate.registry.v1.ResolveFunctionRequest;
import dev.modulate.registry.v1.ResolveFunctionResponse;
import dev.modulate.registry.v1.SnapshotBegin;
import dev.modulate.registry.v1.SnapshotEnd;
import dev.modulate.registry.v1.UploadArtifactRequest;
import dev.modulate.registry.v1.UploadArtifactResponse;
import dev.modulate.registry.v1.WatchFunctionsRequest;
import dev.modulate.registry.v1.WatchFunctionsResponse;
import io.grpc.stub.StreamObserver;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Functions in a map, and watchers that are told at once, or when the test says so. */
final class FakeRegistry extends RegistryServiceGrpc.RegistryServiceImplBase {
    final List<Long> sinceRevisions = new ArrayList<>();
    private final Map<String, FunctionEntry> functions = new LinkedHashMap<>();
    private final List<StreamObserver<WatchFunctionsResponse>> watchers = new ArrayList<>();
    private final List<WatchFunctionsResponse> heldBack = new ArrayList<>();
    private long revision;
    private boolean holdsBack;
    final List<String> validated = new ArrayList<>();
    final List<Integer> uploaded = new ArrayList<>();

    synchronized long deploy(String id, FunctionSpec spec, Alias... aliases) {
        var name = "functions/" + id;
        var old = functions.get(name);
        long version = old == null ? 1 : old.getFunction().getVersion() + 1;
        var function = Function.newBuilder()
                .setName(name)
                .setTenant("default")
                .setVersion(version)
                .setSpec(spec)
                .addAllAliases(List.of(aliases))
                .build();
        var entry = FunctionEntry.newBuilder()
                .setFunction(function)
                .addVersions(FunctionVersion.newBuilder()
                        .setName(name + "/versions/" + version)
                        .setVersion(version)
                        .setSpec(spec))
                .build();
        functions.put(name, entry);
        return change(WatchFunctionsResponse.newBuilder().setUpserted(entry));
    }

    synchronized void delete(String id) {
        functions.remove("functions/" + id);
        change(WatchFunctionsResponse.newBuilder()
                .setDeleted(FunctionKey.newBuilder().setTenant("default").setName("functions/" + id)));
    }

    static Alias alias(String function, String id, long version, int percent, long other) {
        return Alias.newBuilder()
                .setName("functions/" + function + "/aliases/" + id)
                .addTargets(AliasTarget.newBuilder().setVersion(version).setWeightPercent(percent))
                .addTargets(AliasTarget.newBuilder().setVersion(other).setWeightPercent(100 - percent))
                .build();
    }

    synchronized void holdBack() {
        holdsBack = true;
    }

    synchronized void letGo() {
        holdsBack = false;
        heldBack.forEach(change -> watchers.forEach(watcher -> watcher.onNext(change)));
        heldBack.clear();
    }

    synchronized void breakStreams() {
        var broken = List.copyOf(watchers);
        watchers.clear();
        broken.forEach(watcher -> watcher.onError(io.grpc.Status.UNAVAILABLE.asException()));
    }

    private long change(WatchFunctionsResponse.Builder change) {
        revision++;
        var built = change.setRevision(revision).build();
        if (holdsBack) {
            heldBack.add(built);
        } else {
            watchers.forEach(watcher -> watcher.onNext(built));
        }
        return revision;
    }

    @Override
    public synchronized void watchFunctions(
            WatchFunctionsRequest request, StreamObserver<WatchFunctionsResponse> watcher) {
        sinceRevisions.add(request.getSinceRevision());
        watcher.onNext(at(WatchFunctionsResponse.newBuilder().setSnapshotBegin(SnapshotBegin.getDefaultInstance())));
        functions
                .values()
                .forEach(entry ->
                        watcher.onNext(at(WatchFunctionsResponse.newBuilder().setUpserted(entry))));
        watcher.onNext(at(WatchFunctionsResponse.newBuilder().setSnapshotEnd(SnapshotEnd.getDefaultInstance())));
        watchers.add(watcher);
    }

    private WatchFunctionsResponse at(WatchFunctionsResponse.Builder change) {
        return change.setRevision(revision).build();
    }

    @Override
    public void createFunction(CreateFunctionRequest request, StreamObserver<CreateFunctionResponse> caller) {
        if (request.getValidateOnly()) {
            validated.add(request.getFunctionId());
            if (request.getFunction().getSpec().getHandler().isEmpty()) {
                caller.onError(GrpcErrors.invalid("function.spec.handler", "", "not empty"));
            } else {
                caller.onNext(CreateFunctionResponse.getDefaultInstance());
                caller.onCompleted();
            }
            return;
        }
        long stored = deploy(request.getFunctionId(), request.getFunction().getSpec());
        caller.onNext(CreateFunctionResponse.newBuilder().setRevision(stored).build());
        caller.onCompleted();
    }

    @Override
    public void getFunction(GetFunctionRequest request, StreamObserver<GetFunctionResponse> caller) {
        caller.onError(GrpcErrors.notFound(request.getName()));
    }

    @Override
    public void resolveFunction(ResolveFunctionRequest request, StreamObserver<ResolveFunctionResponse> caller) {
        long version = Long.parseLong(request.getQualifier());
        if (version > 1) {
            caller.onError(GrpcErrors.of(Code.NOT_FOUND, "NOT_FOUND", "no such version"));
            return;
        }
        caller.onNext(ResolveFunctionResponse.newBuilder()
                .setVersion(FunctionVersion.newBuilder()
                        .setVersion(version)
                        .setSpec(FunctionSpec.newBuilder().setHandler("old.handler")))
                .build());
        caller.onCompleted();
    }

    @Override
    public StreamObserver<UploadArtifactRequest> uploadArtifact(StreamObserver<UploadArtifactResponse> caller) {
        return new StreamObserver<>() {
            private long sizeBytes;

            @Override
            public void onNext(UploadArtifactRequest request) {
                sizeBytes += request.getData().size();
                uploaded.add(request.getData().size());
            }

            @Override
            public void onError(Throwable cause) {}

            @Override
            public void onCompleted() {
                caller.onNext(UploadArtifactResponse.newBuilder()
                        .setArtifact(ArtifactInfo.newBuilder().setSizeBytes(sizeBytes))
                        .build());
                caller.onCompleted();
            }
        };
    }

    @Override
    public void downloadArtifact(DownloadArtifactRequest request, StreamObserver<DownloadArtifactResponse> caller) {
        for (int i = 0; i < 3; i++) {
            caller.onNext(DownloadArtifactResponse.newBuilder()
                    .setData(com.google.protobuf.ByteString.copyFromUtf8("part" + i))
                    .build());
        }
        caller.onCompleted();
    }
}
