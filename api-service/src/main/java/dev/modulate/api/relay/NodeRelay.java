package dev.modulate.api.relay;

import dev.modulate.api.RouterPeer;
import dev.modulate.api.catalogue.Functions;
import dev.modulate.api.catalogue.Pinned;
import dev.modulate.invocation.v1.FunctionRef;
import dev.modulate.observability.server.GrpcErrors;
import dev.modulate.registry.v1.FunctionVersion;
import dev.modulate.router.v1.DrainNodeRequest;
import dev.modulate.router.v1.DrainNodeResponse;
import dev.modulate.router.v1.ExplainPlacementRequest;
import dev.modulate.router.v1.ExplainPlacementResponse;
import dev.modulate.router.v1.GetNodeRequest;
import dev.modulate.router.v1.GetNodeResponse;
import dev.modulate.router.v1.ListNodesRequest;
import dev.modulate.router.v1.ListNodesResponse;
import dev.modulate.router.v1.NodeServiceGrpc;
import dev.modulate.router.v1.NodeServiceGrpc.NodeServiceStub;
import dev.modulate.router.v1.UndrainNodeRequest;
import dev.modulate.router.v1.UndrainNodeResponse;
import io.grpc.stub.StreamObserver;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/** The routers' calls at the front door: all are asked, and their answers become one. */
public final class NodeRelay extends NodeServiceGrpc.NodeServiceImplBase {
    private static final String EXPLAIN_KEY = "";

    private final String tenant;
    private final FanOut routers;
    private final Functions functions;

    public NodeRelay(String tenant, List<RouterPeer> routers, Functions functions) {
        this.tenant = tenant;
        this.routers = new FanOut(routers);
        this.functions = functions;
    }

    @Override
    public void getNode(GetNodeRequest request, StreamObserver<GetNodeResponse> caller) {
        answer(
                caller,
                routers.<GetNodeResponse>ask((nodes, answer) -> nodes.getNode(request, answer)),
                answers -> GetNodeResponse.newBuilder()
                        .setNode(Nodes.best(answers.stream().map(GetNodeResponse::getNode)))
                        .build());
    }

    /** Every router is asked for all its nodes: a node may be known to several, and pages of each do not add up. */
    @Override
    public void listNodes(ListNodesRequest request, StreamObserver<ListNodesResponse> caller) {
        Nodes.Page page;
        try {
            page = Nodes.page(request);
        } catch (io.grpc.StatusRuntimeException e) {
            caller.onError(e);
            return;
        }
        var all = routers.askEach(nodes -> allNodes(nodes, request.getPool(), ListNodesResponse.newBuilder(), ""));
        answer(caller, all, answers -> Nodes.merge(answers, page));
    }

    @Override
    public void drainNode(DrainNodeRequest request, StreamObserver<DrainNodeResponse> caller) {
        answer(
                caller,
                routers.<DrainNodeResponse>ask((nodes, answer) -> nodes.drainNode(request, answer)),
                answers -> DrainNodeResponse.newBuilder()
                        .setNode(Nodes.best(answers.stream().map(DrainNodeResponse::getNode)))
                        .build());
    }

    @Override
    public void undrainNode(UndrainNodeRequest request, StreamObserver<UndrainNodeResponse> caller) {
        answer(
                caller,
                routers.<UndrainNodeResponse>ask((nodes, answer) -> nodes.undrainNode(request, answer)),
                answers -> UndrainNodeResponse.newBuilder()
                        .setNode(Nodes.best(answers.stream().map(UndrainNodeResponse::getNode)))
                        .build());
    }

    /** Routers are asked about a version: which one a name means is decided here. */
    @Override
    public void explainPlacement(ExplainPlacementRequest request, StreamObserver<ExplainPlacementResponse> caller) {
        var bounded = routers.bounded();
        var asked = request.hasFunction()
                ? version(request.getFunction())
                        .thenApply(version -> ExplainPlacementRequest.newBuilder()
                                .setVersion(version)
                                .build())
                : CompletableFuture.completedFuture(request);
        answer(
                caller,
                asked.thenCompose(subject -> bounded.<ExplainPlacementResponse>ask(
                        (nodes, answer) -> nodes.explainPlacement(subject, answer))),
                Nodes::mergeExplanations);
    }

    private CompletableFuture<FunctionVersion> version(FunctionRef function) {
        var name = function.getName();
        return switch (functions.find(tenant, name, function.getQualifier(), EXPLAIN_KEY)) {
            case Functions.Found.Version version -> CompletableFuture.completedFuture(version(name, version.pinned()));
            case Functions.Found.Elsewhere elsewhere ->
                functions.resolve(tenant, name, elsewhere.version()).thenApply(pinned -> version(name, pinned));
            case Functions.Found.NoFunction _, Functions.Found.NotReady _ ->
                CompletableFuture.failedFuture(GrpcErrors.notFound(name));
            case Functions.Found.NoQualifier _ ->
                CompletableFuture.failedFuture(
                        GrpcErrors.notFound(name + " with qualifier \"" + function.getQualifier() + "\""));
        };
    }

    private static FunctionVersion version(String function, Pinned pinned) {
        return FunctionVersion.newBuilder()
                .setName(function + "/versions/" + pinned.version())
                .setVersion(pinned.version())
                .setSpec(pinned.spec())
                .build();
    }

    private static CompletableFuture<ListNodesResponse> allNodes(
            NodeServiceStub nodes, String pool, ListNodesResponse.Builder found, String token) {
        return FanOut.<ListNodesResponse>answer(answer -> nodes.listNodes(
                        ListNodesRequest.newBuilder()
                                .setPageSize(Nodes.PAGE_SIZE_MAX)
                                .setPageToken(token)
                                .setPool(pool)
                                .build(),
                        answer))
                .thenCompose(page -> {
                    found.addAllNodes(page.getNodesList());
                    return page.getNextPageToken().isEmpty()
                            ? CompletableFuture.completedFuture(found.build())
                            : allNodes(nodes, pool, found, page.getNextPageToken());
                });
    }

    private static <A, R> void answer(
            StreamObserver<R> caller, CompletableFuture<List<A>> answers, Function<List<A>, R> merge) {
        Function<Throwable, Throwable> cause = thrown -> thrown.getCause() == null ? thrown : thrown.getCause();
        var relay = new UnaryRelay<R>(caller, cause::apply, (_, answer) -> answer.run());
        answers.thenApply(merge).whenComplete((response, thrown) -> {
            if (thrown == null) {
                relay.onNext(response);
            } else {
                relay.onError(thrown);
            }
        });
    }
}
