package dev.modulate.router.rpc;

import com.google.protobuf.Timestamp;
import com.google.rpc.Code;
import dev.modulate.invocation.v1.FunctionRef;
import dev.modulate.observability.server.GrpcErrors;
import dev.modulate.registry.v1.FunctionVersion;
import dev.modulate.router.dispatch.Sight;
import dev.modulate.router.placement.Needs;
import dev.modulate.router.placement.NodeId;
import dev.modulate.router.v1.DrainNodeRequest;
import dev.modulate.router.v1.DrainNodeResponse;
import dev.modulate.router.v1.ExplainPlacementRequest;
import dev.modulate.router.v1.ExplainPlacementResponse;
import dev.modulate.router.v1.ExplainPlacementResponse.PinnedCopies;
import dev.modulate.router.v1.GetNodeRequest;
import dev.modulate.router.v1.GetNodeResponse;
import dev.modulate.router.v1.ListNodesRequest;
import dev.modulate.router.v1.ListNodesResponse;
import dev.modulate.router.v1.Node;
import dev.modulate.router.v1.NodeServiceGrpc.NodeServiceImplBase;
import dev.modulate.router.v1.UndrainNodeRequest;
import dev.modulate.router.v1.UndrainNodeResponse;
import dev.modulate.router.wire.RouterProto;
import dev.modulate.router.wire.Specs;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.Supplier;

/** What operators see and do of the nodes. */
public final class NodeGrpc extends NodeServiceImplBase {
    private static final String NODES = "nodes/";
    private static final String INVOCATIONS = "invocations/";
    private static final String TENANT = "default";
    private static final int PAGE_DEFAULT = 100;
    private static final int PAGE_MAX = 1_000;

    private final Seat seat;
    private final Specs specs;
    private final Function<FunctionRef, Optional<FunctionVersion>> functions;

    /** @param functions the version that a reference names; empty when this process does not know it */
    public NodeGrpc(Seat seat, Specs specs, Function<FunctionRef, Optional<FunctionVersion>> functions) {
        this.seat = seat;
        this.specs = specs;
        this.functions = functions;
    }

    @Override
    public void getNode(GetNodeRequest request, StreamObserver<GetNodeResponse> responses) {
        answer(responses, () -> {
            var id = id(request.getName());
            return one(sight -> sight.node(id), id)
                    .thenApply(
                            node -> GetNodeResponse.newBuilder().setNode(node).build());
        });
    }

    @Override
    public void listNodes(ListNodesRequest request, StreamObserver<ListNodesResponse> responses) {
        answer(responses, () -> {
            int size = request.getPageSize() == 0 ? PAGE_DEFAULT : request.getPageSize();
            if (size < 0 || size > PAGE_MAX) {
                throw GrpcErrors.invalid("page_size", size, "0 to " + PAGE_MAX);
            }
            return seat.cell().see(Sight::nodes).thenApply(nodes -> page(nodes, request, size));
        });
    }

    @Override
    public void drainNode(DrainNodeRequest request, StreamObserver<DrainNodeResponse> responses) {
        answer(responses, () -> {
            var id = id(request.getName());
            var deadline = request.hasDeadline() ? RouterProto.duration(request.getDeadline()) : null;
            if (deadline != null && deadline.isNegative()) {
                throw GrpcErrors.invalid("deadline", deadline, ">= 0");
            }
            return one(sight -> sight.drain(id, deadline), id)
                    .thenApply(
                            node -> DrainNodeResponse.newBuilder().setNode(node).build());
        });
    }

    @Override
    public void undrainNode(UndrainNodeRequest request, StreamObserver<UndrainNodeResponse> responses) {
        answer(responses, () -> {
            var id = id(request.getName());
            return one(sight -> sight.undrain(id), id)
                    .thenApply(node ->
                            UndrainNodeResponse.newBuilder().setNode(node).build());
        });
    }

    @Override
    public void explainPlacement(ExplainPlacementRequest request, StreamObserver<ExplainPlacementResponse> responses) {
        answer(responses, () -> explain(request).thenApply(NodeGrpc::explanation));
    }

    private CompletableFuture<Sight.Explanation> explain(ExplainPlacementRequest request) {
        return switch (request.getSubjectCase()) {
            case FUNCTION -> {
                var version = functions
                        .apply(request.getFunction())
                        .orElseThrow(() -> GrpcErrors.of(
                                Code.FAILED_PRECONDITION,
                                "FUNCTION_NOT_RESOLVED",
                                request.getFunction().getName()
                                        + ": this router knows no functions; ask the API, or with a spec"));
                yield explain(specs.needs(TENANT, version));
            }
            case SPEC -> explain(specs.needs(TENANT, request.getSpec()));
            case VERSION -> explain(specs.needs(TENANT, request.getVersion()));
            case INVOCATION -> {
                String name = request.getInvocation();
                String taskId =
                        name.startsWith(INVOCATIONS) ? TENANT + "_" + name.substring(INVOCATIONS.length()) : name;
                yield seat.cell().see(sight -> sight.explain(taskId).orElseThrow(() -> GrpcErrors.notFound(name)));
            }
            case SUBJECT_NOT_SET -> throw GrpcErrors.invalid("subject", "", "function, version, spec or invocation");
        };
    }

    private CompletableFuture<Sight.Explanation> explain(Needs needs) {
        return seat.cell().see(sight -> sight.explain(needs));
    }

    private CompletableFuture<Node> one(Function<Sight, Optional<Sight.NodeStatus>> question, NodeId id) {
        return seat.cell()
                .see(sight -> node(question.apply(sight).orElseThrow(() -> GrpcErrors.notFound(id.resourceName()))));
    }

    private static <T> void answer(StreamObserver<T> responses, Supplier<CompletableFuture<T>> work) {
        try {
            Answers.send(work.get(), responses);
        } catch (StatusRuntimeException e) {
            responses.onError(e);
        }
    }

    private static NodeId id(String name) {
        String id = name.startsWith(NODES) ? name.substring(NODES.length()) : "";
        if (!NodeId.valid(id)) {
            throw GrpcErrors.invalid("name", name, NODES + NodeId.RULE);
        }
        return new NodeId(id);
    }

    private static ListNodesResponse page(List<Sight.NodeStatus> nodes, ListNodesRequest request, int size) {
        var after = nodes.stream()
                .filter(node ->
                        request.getPool().isEmpty() || node.profile().getPool().equals(request.getPool()))
                .filter(node -> node.id().value().compareTo(request.getPageToken()) > 0)
                .toList();
        var page = after.subList(0, Math.min(size, after.size()));
        var response = ListNodesResponse.newBuilder();
        page.forEach(node -> response.addNodes(node(node)));
        if (page.size() < after.size()) {
            response.setNextPageToken(page.getLast().id().value());
        }
        return response.build();
    }

    private static Node node(Sight.NodeStatus status) {
        return Node.newBuilder()
                .setName(status.id().resourceName())
                .setProfile(status.profile())
                .setLoad(status.load())
                .setState(
                        switch (status.state()) {
                            case ACTIVE -> Node.State.STATE_ACTIVE;
                            case STALE -> Node.State.STATE_STALE;
                            case DRAINING -> Node.State.STATE_DRAINING;
                            case DRAINED -> Node.State.STATE_DRAINED;
                            case DETACHED -> Node.State.STATE_DETACHED;
                        })
                .setAttachTime(timestamp(status.attachTime()))
                .setReportAge(RouterProto.duration(status.reportAge()))
                .setPlacedCount(status.placedCount())
                .addAllDeviceMemoryPlacedBytes(status.devicePlacedBytes())
                .build();
    }

    private static ExplainPlacementResponse explanation(Sight.Explanation explanation) {
        var response = ExplainPlacementResponse.newBuilder()
                .setQueuePosition(explanation.queuePosition())
                .setWaitingFor(explanation.waitingFor())
                .setNode(explanation.nodeName())
                .addAllWaited(explanation.waited());
        var pinned = explanation.pinned();
        if (pinned != null) {
            response.setPinned(PinnedCopies.newBuilder()
                    .setWantedCount(pinned.wanted())
                    .setKeptCount(pinned.kept())
                    .setLoadingCount(pinned.loading())
                    .setMissingReason(pinned.missing()));
        }
        explanation
                .candidates()
                .forEach(candidate -> response.addCandidates(ExplainPlacementResponse.Candidate.newBuilder()
                        .setNode(candidate.node().resourceName())
                        .setFeasible(candidate.feasible())
                        .setScore(candidate.score())
                        .addAllReasons(candidate.reasons())));
        return response.build();
    }

    private static Timestamp timestamp(Instant instant) {
        return Timestamp.newBuilder()
                .setSeconds(instant.getEpochSecond())
                .setNanos(instant.getNano())
                .build();
    }
}
