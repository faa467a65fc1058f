package dev.modulate.api.relay;

import dev.modulate.api.catalogue.Functions;
import dev.modulate.registry.v1.CreateFunctionRequest;
import dev.modulate.registry.v1.CreateFunctionResponse;
import dev.modulate.registry.v1.DeleteAliasRequest;
import dev.modulate.registry.v1.DeleteAliasResponse;
import dev.modulate.registry.v1.DeleteFunctionRequest;
import dev.modulate.registry.v1.DeleteFunctionResponse;
import dev.modulate.registry.v1.DownloadArtifactRequest;
import dev.modulate.registry.v1.DownloadArtifactResponse;
import dev.modulate.registry.v1.GetArtifactRequest;
import dev.modulate.registry.v1.GetArtifactResponse;
import dev.modulate.registry.v1.GetFunctionRequest;
import dev.modulate.registry.v1.GetFunctionResponse;
import dev.modulate.registry.v1.ListFunctionVersionsRequest;
import dev.modulate.registry.v1.ListFunctionVersionsResponse;
import dev.modulate.registry.v1.ListFunctionsRequest;
import dev.modulate.registry.v1.ListFunctionsResponse;
import dev.modulate.registry.v1.RegistryServiceGrpc;
import dev.modulate.registry.v1.RegistryServiceGrpc.RegistryServiceStub;
import dev.modulate.registry.v1.ResolveFunctionRequest;
import dev.modulate.registry.v1.ResolveFunctionResponse;
import dev.modulate.registry.v1.SetAliasRequest;
import dev.modulate.registry.v1.SetAliasResponse;
import dev.modulate.registry.v1.UpdateFunctionRequest;
import dev.modulate.registry.v1.UpdateFunctionResponse;
import dev.modulate.registry.v1.UploadArtifactRequest;
import dev.modulate.registry.v1.UploadArtifactResponse;
import dev.modulate.registry.v1.WatchFunctionsRequest;
import dev.modulate.registry.v1.WatchFunctionsResponse;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.function.ToLongFunction;

/**
 * The registry's calls at the front door. A change is answered once this API sees it, so that the caller's next call
 * does too.
 */
public final class RegistryRelay extends RegistryServiceGrpc.RegistryServiceImplBase {
    /** Longest wait for the view; the change itself is made. */
    private static final Duration VIEW_WAIT = Duration.ofSeconds(2);

    private final RegistryServiceStub registry;
    private final Functions functions;
    private final String peer;

    /** @param peer name of the registry, for errors */
    public RegistryRelay(RegistryServiceStub registry, Functions functions, String peer) {
        this.registry = registry;
        this.functions = functions;
        this.peer = peer;
    }

    @Override
    public void createFunction(CreateFunctionRequest request, StreamObserver<CreateFunctionResponse> caller) {
        Peers.bounded(registry).createFunction(request, seen(caller, CreateFunctionResponse::getRevision));
    }

    @Override
    public void updateFunction(UpdateFunctionRequest request, StreamObserver<UpdateFunctionResponse> caller) {
        Peers.bounded(registry).updateFunction(request, seen(caller, UpdateFunctionResponse::getRevision));
    }

    @Override
    public void deleteFunction(DeleteFunctionRequest request, StreamObserver<DeleteFunctionResponse> caller) {
        Peers.bounded(registry).deleteFunction(request, seen(caller, DeleteFunctionResponse::getRevision));
    }

    @Override
    public void setAlias(SetAliasRequest request, StreamObserver<SetAliasResponse> caller) {
        Peers.bounded(registry).setAlias(request, seen(caller, SetAliasResponse::getRevision));
    }

    @Override
    public void deleteAlias(DeleteAliasRequest request, StreamObserver<DeleteAliasResponse> caller) {
        Peers.bounded(registry).deleteAlias(request, seen(caller, DeleteAliasResponse::getRevision));
    }

    @Override
    public void getFunction(GetFunctionRequest request, StreamObserver<GetFunctionResponse> caller) {
        Peers.bounded(registry).getFunction(request, passed(caller));
    }

    @Override
    public void listFunctions(ListFunctionsRequest request, StreamObserver<ListFunctionsResponse> caller) {
        Peers.bounded(registry).listFunctions(request, passed(caller));
    }

    @Override
    public void listFunctionVersions(
            ListFunctionVersionsRequest request, StreamObserver<ListFunctionVersionsResponse> caller) {
        Peers.bounded(registry).listFunctionVersions(request, passed(caller));
    }

    @Override
    public void resolveFunction(ResolveFunctionRequest request, StreamObserver<ResolveFunctionResponse> caller) {
        Peers.bounded(registry).resolveFunction(request, passed(caller));
    }

    @Override
    public void getArtifact(GetArtifactRequest request, StreamObserver<GetArtifactResponse> caller) {
        Peers.bounded(registry).getArtifact(request, passed(caller));
    }

    @Override
    public StreamObserver<UploadArtifactRequest> uploadArtifact(StreamObserver<UploadArtifactResponse> caller) {
        StreamRelay<UploadArtifactRequest, UploadArtifactResponse> relay = relay(caller);
        var requests = relay.requests();
        registry.uploadArtifact(relay);
        relay.begin();
        return requests;
    }

    @Override
    public void downloadArtifact(DownloadArtifactRequest request, StreamObserver<DownloadArtifactResponse> caller) {
        registry.downloadArtifact(request, this.<DownloadArtifactRequest, DownloadArtifactResponse>relay(caller));
    }

    @Override
    public void watchFunctions(WatchFunctionsRequest request, StreamObserver<WatchFunctionsResponse> caller) {
        registry.watchFunctions(request, this.<WatchFunctionsRequest, WatchFunctionsResponse>relay(caller));
    }

    private <Q, R> StreamRelay<Q, R> relay(StreamObserver<R> caller) {
        return new StreamRelay<>((ServerCallStreamObserver<R>) caller, this::words);
    }

    private Throwable words(Throwable cause) {
        return Peers.words(cause, "registry " + peer, "api.registry");
    }

    private <R> StreamObserver<R> passed(StreamObserver<R> caller) {
        return new UnaryRelay<>(caller, this::words, (response, answer) -> answer.run());
    }

    private <R> StreamObserver<R> seen(StreamObserver<R> caller, ToLongFunction<R> revision) {
        return new UnaryRelay<>(
                caller,
                this::words,
                (response, answer) -> functions
                        .reached(revision.applyAsLong(response), VIEW_WAIT)
                        .thenRun(answer));
    }
}
