package dev.modulate.api;

import dev.modulate.observability.server.GrpcErrors;
import dev.modulate.router.v1.DrainNodeRequest;
import dev.modulate.router.v1.DrainNodeResponse;
import dev.modulate.router.v1.ExplainPlacementRequest;
import dev.modulate.router.v1.ExplainPlacementResponse;
import dev.modulate.router.v1.GetNodeRequest;
import dev.modulate.router.v1.GetNodeResponse;
import dev.modulate.router.v1.ListNodesRequest;
import dev.modulate.router.v1.ListNodesResponse;
import dev.modulate.router.v1.Node;
import dev.modulate.router.v1.NodeServiceGrpc;
import io.grpc.stub.StreamObserver;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** The nodes that one router knows. */
final class FakeNodes extends NodeServiceGrpc.NodeServiceImplBase {
    final Map<String, Node> nodes = new ConcurrentSkipListMap<>();
    final List<ExplainPlacementRequest> explained = new CopyOnWriteArrayList<>();
    volatile ExplainPlacementResponse explanation = ExplainPlacementResponse.getDefaultInstance();

    void add(String name, Node.State state) {
        nodes.put(name, Node.newBuilder().setName(name).setState(state).build());
    }

    @Override
    public void getNode(GetNodeRequest request, StreamObserver<GetNodeResponse> caller) {
        var node = nodes.get(request.getName());
        if (node == null) {
            caller.onError(GrpcErrors.notFound(request.getName()));
            return;
        }
        caller.onNext(GetNodeResponse.newBuilder().setNode(node).build());
        caller.onCompleted();
    }

    @Override
    public void listNodes(ListNodesRequest request, StreamObserver<ListNodesResponse> caller) {
        caller.onNext(ListNodesResponse.newBuilder().addAllNodes(nodes.values()).build());
        caller.onCompleted();
    }

    @Override
    public void drainNode(DrainNodeRequest request, StreamObserver<DrainNodeResponse> caller) {
        var node = nodes.get(request.getName());
        if (node == null) {
            caller.onError(GrpcErrors.notFound(request.getName()));
            return;
        }
        add(request.getName(), Node.State.STATE_DRAINING);
        caller.onNext(DrainNodeResponse.newBuilder()
                .setNode(nodes.get(request.getName()))
                .build());
        caller.onCompleted();
    }

    @Override
    public void explainPlacement(ExplainPlacementRequest request, StreamObserver<ExplainPlacementResponse> caller) {
        explained.add(request);
        caller.onNext(explanation);
        caller.onCompleted();
    }
}
