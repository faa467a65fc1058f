package dev.modulate.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.modulate.invocation.v1.FunctionRef;
import dev.modulate.invocation.v1.InvokeFunctionRequest;
import dev.modulate.registry.v1.ArtifactInfo;
import dev.modulate.registry.v1.CreateFunctionRequest;
import dev.modulate.registry.v1.DownloadArtifactRequest;
import dev.modulate.registry.v1.DownloadArtifactResponse;
import dev.modulate.registry.v1.Function;
import dev.modulate.registry.v1.FunctionSpec;
import dev.modulate.registry.v1.GetFunctionRequest;
import dev.modulate.registry.v1.UploadArtifactRequest;
import dev.modulate.registry.v1.UploadArtifactResponse;
import dev.modulate.router.v1.DrainNodeRequest;
import dev.modulate.router.v1.ExplainPlacementRequest;
import dev.modulate.router.v1.ExplainPlacementResponse;
import dev.modulate.router.v1.ExplainPlacementResponse.Candidate;
import dev.modulate.router.v1.ExplainPlacementResponse.PinnedCopies;
import dev.modulate.router.v1.GetNodeRequest;
import dev.modulate.router.v1.ListNodesRequest;
import dev.modulate.router.v1.Node;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The calls of the registry and the routers at the front door. */
class RelayTest {
    private final World world = new World(InstantSource.system(), 2, Map.of()).started();

    @AfterEach
    void close() {
        world.close();
    }

    @Test
    void aDeployIsAnsweredOnceTheNextCallSeesIt() {
        world.router().executes = true;
        world.registry.holdBack();
        var deployed = CompletableFuture.supplyAsync(() -> world.functions()
                .createFunction(CreateFunctionRequest.newBuilder()
                        .setFunctionId("fresh")
                        .setFunction(Function.newBuilder()
                                .setSpec(FunctionSpec.newBuilder().setHandler("a.b")))
                        .build()));
        Awaitility.await().during(java.time.Duration.ofMillis(100)).until(() -> !deployed.isDone());

        world.registry.letGo();
        deployed.join();

        var request = InvokeFunctionRequest.newBuilder()
                .setTarget(InvokeFunctionTest.target("fresh", ""))
                .build();
        assertThat(world.invocations().invokeFunction(request).getInvocation().getVersion())
                .isEqualTo(1);
    }

    @Test
    void theViewCatchesUpAfterItsStreamBroke() {
        world.router().executes = true;
        world.registry.breakStreams();
        world.registry.deploy("later", FunctionSpec.getDefaultInstance());

        Awaitility.await().until(() -> world.registry.sinceRevisions.size() == 2);
        var request = InvokeFunctionRequest.newBuilder()
                .setTarget(InvokeFunctionTest.target("later", ""))
                .build();
        Awaitility.await()
                .ignoreExceptions()
                .until(() -> world.invocations().invokeFunction(request).hasInvocation());
    }

    @Test
    void faultsOfTheRegistryComeThroughAsTheyAre() {
        assertThatThrownBy(() -> world.functions()
                        .getFunction(GetFunctionRequest.newBuilder()
                                .setName("functions/none")
                                .build()))
                .isInstanceOfSatisfying(StatusRuntimeException.class, refused -> {
                    assertThat(refused.getStatus().getCode()).isEqualTo(Status.Code.NOT_FOUND);
                    assertThat(refused.getStatus().getDescription()).contains("functions/none");
                    assertThat(io.grpc.protobuf.StatusProto.fromThrowable(refused))
                            .extracting(com.google.rpc.Status::getDetailsCount)
                            .isEqualTo(1);
                });
    }

    @Test
    void artifactsGoThroughInBothDirections() {
        var stored = new CompletableFuture<ArtifactInfo>();
        var upload = world.functionsAsync().uploadArtifact(new StreamObserver<>() {
            @Override
            public void onNext(UploadArtifactResponse response) {
                stored.complete(response.getArtifact());
            }

            @Override
            public void onError(Throwable cause) {
                stored.completeExceptionally(cause);
            }

            @Override
            public void onCompleted() {}
        });
        for (int i = 0; i < 20; i++) {
            upload.onNext(UploadArtifactRequest.newBuilder()
                    .setData(ByteString.copyFrom(new byte[100_000]))
                    .build());
        }
        upload.onCompleted();
        assertThat(stored.join().getSizeBytes()).isEqualTo(2_000_000);

        var parts = new ArrayList<DownloadArtifactResponse>();
        world.functions()
                .downloadArtifact(DownloadArtifactRequest.getDefaultInstance())
                .forEachRemaining(parts::add);
        assertThat(parts).extracting(part -> part.getData().toStringUtf8()).containsExactly("part0", "part1", "part2");
    }

    @Test
    void nodesOfAllRoutersAreOneList() {
        world.nodes.get(0).add("nodes/a", Node.State.STATE_ACTIVE);
        world.nodes.get(0).add("nodes/b", Node.State.STATE_DETACHED);
        world.nodes.get(1).add("nodes/b", Node.State.STATE_ACTIVE);
        world.nodes.get(1).add("nodes/c", Node.State.STATE_ACTIVE);

        var first = world.fleet()
                .listNodes(ListNodesRequest.newBuilder().setPageSize(2).build());
        var second = world.fleet()
                .listNodes(ListNodesRequest.newBuilder()
                        .setPageSize(2)
                        .setPageToken(first.getNextPageToken())
                        .build());

        assertThat(first.getNodesList()).extracting(Node::getName).containsExactly("nodes/a", "nodes/b");
        assertThat(first.getNodes(1).getState()).isEqualTo(Node.State.STATE_ACTIVE);
        assertThat(second.getNodesList()).extracting(Node::getName).containsExactly("nodes/c");
        assertThat(second.getNextPageToken()).isEmpty();
    }

    @Test
    void whoeverKnowsANodeAnswersForIt() {
        world.nodes.get(1).add("nodes/c", Node.State.STATE_ACTIVE);

        assertThat(world.fleet()
                        .getNode(GetNodeRequest.newBuilder().setName("nodes/c").build())
                        .getNode()
                        .getName())
                .isEqualTo("nodes/c");
        assertThat(world.fleet()
                        .drainNode(
                                DrainNodeRequest.newBuilder().setName("nodes/c").build())
                        .getNode()
                        .getState())
                .isEqualTo(Node.State.STATE_DRAINING);
        assertThatThrownBy(() -> world.fleet()
                        .getNode(GetNodeRequest.newBuilder().setName("nodes/x").build()))
                .hasMessageContaining("NOT_FOUND");
    }

    @Test
    void explainAsksAboutTheVersionThatTheNameMeans() {
        world.registry.deploy(
                "train", FunctionSpec.newBuilder().setHandler("t.h").build());
        world.nodes.get(0).explanation = ExplainPlacementResponse.newBuilder()
                .addCandidates(Candidate.newBuilder().setNode("nodes/full").setFeasible(false))
                .setWaitingFor("memory")
                .setPinned(PinnedCopies.newBuilder().setWantedCount(2).setMissingReason("pin quota"))
                .build();
        world.nodes.get(1).explanation = ExplainPlacementResponse.newBuilder()
                .addCandidates(Candidate.newBuilder().setNode("nodes/free").setFeasible(true))
                .setPinned(PinnedCopies.newBuilder().setWantedCount(2).setKeptCount(2))
                .addWaited("queue: 1.000 s")
                .build();

        var explained = world.fleet()
                .explainPlacement(ExplainPlacementRequest.newBuilder()
                        .setFunction(FunctionRef.newBuilder().setName("functions/train"))
                        .build());

        var asked = world.nodes.get(0).explained.getFirst().getVersion();
        assertThat(asked.getName()).isEqualTo("functions/train/versions/1");
        assertThat(asked.getSpec().getHandler()).isEqualTo("t.h");
        assertThat(explained.getCandidatesList())
                .extracting(Candidate::getNode)
                .containsExactly("nodes/free", "nodes/full");
        assertThat(explained.getWaitingFor()).isEqualTo("memory");
        assertThat(explained.getWaitedList()).containsExactly("queue: 1.000 s");
        assertThat(explained.getPinned())
                .isEqualTo(PinnedCopies.newBuilder()
                        .setWantedCount(4)
                        .setKeptCount(2)
                        .setMissingReason("pin quota")
                        .build());
    }
}
