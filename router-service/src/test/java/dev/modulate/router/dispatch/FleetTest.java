package dev.modulate.router.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.modulate.executor.v1.DeviceLoad;
import dev.modulate.executor.v1.LoadReport;
import dev.modulate.executor.v1.Residency;
import dev.modulate.registry.v1.AcceleratorRequirements;
import dev.modulate.registry.v1.FunctionSpec;
import dev.modulate.registry.v1.Placement;
import dev.modulate.registry.v1.ResourceRequirements;
import dev.modulate.router.v1.DispatchResponse;
import dev.modulate.router.v1.DrainNodeRequest;
import dev.modulate.router.v1.ExplainPlacementRequest;
import dev.modulate.router.v1.GetNodeRequest;
import dev.modulate.router.v1.ListNodesRequest;
import dev.modulate.router.v1.LocateInvocationRequest;
import dev.modulate.router.v1.Node;
import dev.modulate.router.v1.UndrainNodeRequest;
import dev.modulate.router.wire.RouterProto;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Nodes that come, report, drain and go; and what operators see of them. */
class FleetTest {
    private static final long GIB = 1L << 30;

    private final Platform platform = new Platform();
    private final Platform.RouterStart router = platform.startRouter("router-1");
    private final FakeApi api = platform.api(router, "api-1");

    @AfterEach
    void close() {
        platform.close();
    }

    @Test
    void welcomesANodeWithItsEpoch() {
        var node = platform.executor(router, "n1").attach();

        var welcome = node.heard.getFirst().getWelcome();
        assertThat(welcome.getRouterId()).isEqualTo("router-1");
        assertThat(welcome.getEpoch()).isPositive();
        assertThat(welcome.getReportPeriod().getSeconds()).isEqualTo(1);
    }

    @Test
    void placesNothingOnANodeWhoseReportIsTooOld() {
        var node = platform.executor(router, "n1").silent().attach();
        platform.pass(Duration.ofSeconds(6));
        String id = api.dispatch("a");

        assertThat(node.assigned()).isEmpty();
        assertThat(state("n1")).isEqualTo(Node.State.STATE_STALE);
        node.report();
        assertThat(node.assigned()).containsExactly(id + "@1");
        assertThat(state("n1")).isEqualTo(Node.State.STATE_ACTIVE);
    }

    @Test
    void drainsANodeAndTakesItBack() {
        var node = platform.executor(router, "n1").attach();
        String running = api.dispatch("a");
        node.run(running);

        var draining = router.nodes.drainNode(
                DrainNodeRequest.newBuilder().setName("nodes/n1").build());
        String waiting = api.dispatch("b");

        assertThat(draining.getNode().getState()).isEqualTo(Node.State.STATE_DRAINING);
        assertThat(node.heard.getLast().getDrain().getDraining()).isTrue();
        assertThat(node.assigned()).hasSize(1);
        node.finish(running);
        platform.pass(Duration.ofMillis(300));
        assertThat(state("n1")).isEqualTo(Node.State.STATE_DRAINED);

        router.nodes.undrainNode(
                UndrainNodeRequest.newBuilder().setName("nodes/n1").build());

        assertThat(node.assigned()).containsExactly(running + "@1", waiting + "@1");
    }

    @Test
    void aReportFromBeforeItHeardOfItsReturnDoesNotDrainANodeAgain() {
        var node = platform.executor(router, "n1").attach();
        router.nodes.drainNode(DrainNodeRequest.newBuilder().setName("nodes/n1").build());
        long drained = node.heard.getLast().getDispatchSequence();
        router.nodes.undrainNode(
                UndrainNodeRequest.newBuilder().setName("nodes/n1").build());

        node.report(LoadReport.newBuilder().setDraining(true).setAckedDispatchSequence(drained));

        assertThat(state("n1")).isEqualTo(Node.State.STATE_ACTIVE);
        node.report(LoadReport.newBuilder().setDraining(true).setAckedDispatchSequence(drained + 1));
        assertThat(state("n1")).isEqualTo(Node.State.STATE_DRAINED);
    }

    @Test
    void aCallThatOnlyANodeWithoutConnectionCouldRunWaitsUntilItIsForgotten() {
        var able = platform.executor(router, "n1").label("zone", "a").attach();
        platform.executor(router, "n2").attach();
        able.disconnect();
        platform.pass(Duration.ofMinutes(1));
        assertThat(state("n1")).isEqualTo(Node.State.STATE_DETACHED);

        String waiting = inZone("a");

        assertThat(api.cases(waiting)).doesNotContain(DispatchResponse.MessageCase.REFUSED);
        platform.pass(Duration.ofMinutes(10));
        String refused = inZone("b");
        assertThat(api.last(refused, DispatchResponse.MessageCase.REFUSED)
                        .getRefused()
                        .getCode())
                .isEqualTo(Status.Code.FAILED_PRECONDITION.value());
    }

    private String inZone(String id) {
        return api.dispatchSpec(
                id, spec -> spec.setPlacement(Placement.newBuilder().putRequiredNodeLabels("zone", "a")));
    }

    @Test
    void keepsANodeDrainedThatComesBack() {
        var node = platform.executor(router, "n1").attach();
        router.nodes.drainNode(DrainNodeRequest.newBuilder().setName("nodes/n1").build());

        node.disconnect();
        node.attach();
        api.dispatch("a");

        assertThat(node.assigned()).isEmpty();
        assertThat(node.heard.getLast().getDrain().getDraining()).isTrue();
    }

    @Test
    void movesWhatStillRunsAtTheDeadlineOfADrain() {
        var node = platform.executor(router, "n1").attach();
        String id = api.dispatch("a");
        node.run(id);
        var other = platform.executor(router, "n2").attach();

        router.nodes.drainNode(DrainNodeRequest.newBuilder()
                .setName("nodes/n1")
                .setDeadline(RouterProto.duration(Duration.ofSeconds(2)))
                .build());
        platform.pass(Duration.ofSeconds(1));
        assertThat(other.assigned()).isEmpty();
        platform.pass(Duration.ofMillis(1_500));

        assertThat(other.assigned()).containsExactly(id + "@2");
        assertThat(node.cancelled()).hasSize(1);
    }

    @Test
    void placesNothingOnANodeThatDrainsItself() {
        var node = platform.executor(router, "n1").attach();
        node.report(LoadReport.newBuilder().setDraining(true));

        api.dispatch("a");

        assertThat(node.assigned()).isEmpty();
    }

    @Test
    void listsADetachedNodeForTenMinutes() {
        var node = platform.executor(router, "n1").attach();
        platform.executor(router, "n2").attach();

        node.disconnect();
        platform.pass(Duration.ofMinutes(1));

        var nodes =
                router.nodes.listNodes(ListNodesRequest.getDefaultInstance()).getNodesList();
        assertThat(nodes).extracting(Node::getName).containsExactly("nodes/n1", "nodes/n2");
        assertThat(nodes.getFirst().getState()).isEqualTo(Node.State.STATE_DETACHED);
        platform.pass(Duration.ofMinutes(10));
        assertThat(router.nodes.listNodes(ListNodesRequest.getDefaultInstance()).getNodesList())
                .extracting(Node::getName)
                .containsExactly("nodes/n2");
    }

    @Test
    void pagesThroughNodes() {
        platform.executor(router, "n1").attach();
        platform.executor(router, "n2").attach();
        platform.executor(router, "n3").attach();

        var first = router.nodes.listNodes(
                ListNodesRequest.newBuilder().setPageSize(2).build());
        var second = router.nodes.listNodes(ListNodesRequest.newBuilder()
                .setPageSize(2)
                .setPageToken(first.getNextPageToken())
                .build());

        assertThat(first.getNodesList()).extracting(Node::getName).containsExactly("nodes/n1", "nodes/n2");
        assertThat(second.getNodesList()).extracting(Node::getName).containsExactly("nodes/n3");
        assertThat(second.getNextPageToken()).isEmpty();
    }

    @Test
    void anOlderProcessOfANodeIsSentAway() {
        var newer = platform.executor(router, "n1").restartedProcess().attach();
        var older = platform.executor(router, "n1").attach();

        assertThat(older.ended).isTrue();
        assertThat(newer.ended).isFalse();
    }

    @Test
    void aNodeWhoseClockWasSetBackComesBack() {
        var ahead = platform.executor(router, "n1").restartedProcess().attach();
        ahead.disconnect();

        var setBack = platform.executor(router, "n1").attach();
        String id = api.dispatch("a");

        assertThat(setBack.ended).isFalse();
        assertThat(state("n1")).isEqualTo(Node.State.STATE_ACTIVE);
        assertThat(setBack.assigned()).containsExactly(id + "@1");
    }

    @Test
    void theNewestStreamOfANodeWins() {
        var node = platform.executor(router, "n1").attach();
        String id = api.dispatch("a");
        node.run(id);

        node.attach();
        platform.pass(Duration.ofSeconds(1));

        assertThat(platform.resonate.task(id).version()).isEqualTo(1);
        assertThat(state("n1")).isEqualTo(Node.State.STATE_ACTIVE);
    }

    @Test
    void prefersTheNodeWithAnIdleInstance() {
        platform.executor(router, "n1").attach();
        var warm = platform.executor(router, "n2").attach();
        warm.report(LoadReport.newBuilder()
                .addResidencies(Residency.newBuilder()
                        .setFunctionKey("default/functions/f/versions/1")
                        .setTier(Residency.Tier.TIER_HOST)
                        .setIdleInstanceCount(1)
                        .setInstanceCount(1)));

        String id = api.dispatch("a");

        assertThat(warm.assigned()).containsExactly(id + "@1");
        assertThat(router.meters
                        .counter(RouterMeters.PLACEMENTS, "reason", "idle")
                        .count())
                .isEqualTo(1);
    }

    @Test
    void setsDevicesAsideAndShowsThem() {
        var node = platform.executor(router, "g1").gpus(2, 80 * GIB).attach();
        String id = api.dispatchSpec("a", spec -> spec.setResources(gpu(1, 20 * GIB)));

        assertThat(node.assignment(id).getDevicesList())
                .singleElement()
                .satisfies(device -> assertThat(device.getMemoryBytes()).isEqualTo(20 * GIB));
        var shown = router.nodes
                .getNode(GetNodeRequest.newBuilder().setName("nodes/g1").build())
                .getNode();
        assertThat(shown.getDeviceMemoryPlacedBytesList()).containsExactlyInAnyOrder(20 * GIB, 0L);
        assertThat(shown.getPlacedCount()).isEqualTo(1);
    }

    @Test
    void showsDeviceMemoryAsReported() {
        var node = platform.executor(router, "g1").gpus(1, 80 * GIB).attach();
        node.report(LoadReport.newBuilder()
                .addDevices(DeviceLoad.newBuilder()
                        .setDeviceId("gpu-0")
                        .setHealthy(true)
                        .setMemoryUsedBytes(7 * GIB)));

        assertThat(router.meters
                        .get(RouterMeters.DEVICE_MEMORY)
                        .tags("node", "g1", "device", "gpu-0", "kind", "used")
                        .gauge()
                        .value())
                .isEqualTo((double) (7 * GIB));
    }

    @Test
    void placesNothingOnASickDevice() {
        var node = platform.executor(router, "g1").gpus(1, 80 * GIB).attach();
        node.report(LoadReport.newBuilder()
                .addDevices(DeviceLoad.newBuilder()
                        .setDeviceId("gpu-0")
                        .setHealthy(false)
                        .setHealthReason("XID 79")));
        String id = api.dispatchSpec("a", spec -> spec.setResources(gpu(1, GIB)));

        assertThat(node.assigned()).isEmpty();
        var explained = router.nodes.explainPlacement(ExplainPlacementRequest.newBuilder()
                .setInvocation("invocations/a")
                .build());
        assertThat(explained.getQueuePosition()).isEqualTo(1);
        assertThat(explained.getCandidates(0).getReasonsList()).containsExactly("gpu-0 is not healthy: XID 79");
        assertThat(id).isEqualTo("default_a");
    }

    @Test
    void explainsWhereASpecWouldGo() {
        platform.executor(router, "n1").attach();
        platform.executor(router, "g1").gpus(1, 80 * GIB).attach();

        var explained = router.nodes.explainPlacement(ExplainPlacementRequest.newBuilder()
                .setSpec(FunctionSpec.newBuilder().setResources(gpu(2, GIB)))
                .build());

        assertThat(explained.getCandidatesList()).noneMatch(candidate -> candidate.getFeasible());
        assertThat(explained.getCandidates(0).getReasonsList()).containsExactly("devices: 1 (needs 2 devices)");
        assertThat(explained.getCandidates(1).getReasonsList())
                .containsExactly("pool: cpu (needs gpu)", "devices: 0 (needs 2 devices)");
    }

    @Test
    void locatesWhatItKnows() {
        var node = platform.executor(router, "n1").attach();
        String id = api.dispatch("a");
        node.run(id);

        var located = router.blocking.locateInvocation(
                LocateInvocationRequest.newBuilder().setTaskId(id).build());

        assertThat(located.getNode()).isEqualTo("nodes/n1");
        assertThat(located.getState().name()).isEqualTo("STATE_RUNNING");
        assertThat(located.getAttempt()).isEqualTo(1);
        Assertions.assertThatThrownBy(() -> router.blocking.locateInvocation(LocateInvocationRequest.newBuilder()
                        .setTaskId("default_x")
                        .build()))
                .isInstanceOfSatisfying(
                        StatusRuntimeException.class,
                        e -> assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.NOT_FOUND));
    }

    private Node.State state(String node) {
        return router.nodes
                .getNode(GetNodeRequest.newBuilder().setName("nodes/" + node).build())
                .getNode()
                .getState();
    }

    private static ResourceRequirements gpu(int count, long bytes) {
        return ResourceRequirements.newBuilder()
                .setAccelerator(AcceleratorRequirements.newBuilder()
                        .setDeviceCount(count)
                        .setDeviceMemoryBytes(bytes))
                .build();
    }
}
