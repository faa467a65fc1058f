package dev.modulate.router.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.modulate.executor.v1.DeviceLoad;
import dev.modulate.executor.v1.LoadReport;
import dev.modulate.executor.v1.Residency;
import dev.modulate.registry.v1.AcceleratorRequirements;
import dev.modulate.registry.v1.FunctionSpec;
import dev.modulate.registry.v1.FunctionVersion;
import dev.modulate.registry.v1.Placement;
import dev.modulate.registry.v1.ResourceRequirements;
import dev.modulate.registry.v1.Scaling;
import dev.modulate.router.rule.RoutingRules;
import dev.modulate.router.v1.DrainNodeRequest;
import dev.modulate.router.v1.ExplainPlacementRequest;
import dev.modulate.router.v1.ExplainPlacementResponse;
import dev.modulate.router.v1.ExplainPlacementResponse.Candidate;
import dev.modulate.router.wire.Specs;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Why something goes where it goes and not elsewhere, and what it waited for, in words. */
class ExplainTest {
    private static final long GIB = 1L << 30;

    private final Platform platform = new Platform();
    private final Platform.RouterStart router = platform.startRouter("router-1");
    private final FakeApi api = platform.api(router, "api-1");

    @AfterEach
    void close() {
        platform.close();
    }

    private FakeExecutor node(String name, String zone) {
        return platform.executor(router, name)
                .gpus(1, 24 * GIB)
                .label("zone", zone)
                .label("name", name)
                .attach();
    }

    private static FunctionSpec.Builder gpu(FunctionSpec.Builder spec, long bytes) {
        return spec.setResources(ResourceRequirements.newBuilder()
                .setAccelerator(AcceleratorRequirements.newBuilder().setDeviceMemoryBytes(bytes)));
    }

    private static String only(Candidate candidate) {
        assertThat(candidate.getReasonsList()).as("%s", candidate).hasSize(1);
        return candidate.getReasons(0);
    }

    private static Candidate of(ExplainPlacementResponse explained, String node) {
        return explained.getCandidatesList().stream()
                .filter(candidate -> candidate.getNode().equals("nodes/" + node))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void eachNodeIsExcludedForItsOwnReason() {
        node("good", "a");
        node("labelled", "b");
        node("full", "a");
        node("drained", "a");
        node("sick", "a")
                .report(LoadReport.newBuilder()
                        .addDevices(DeviceLoad.newBuilder().setDeviceId("gpu-0").setHealthReason("XID 79")));
        node("ruled", "a");
        var stale = node("stale", "a");
        keep(node("keeper", "a"));
        String id = api.dispatchSpec(
                "x",
                spec -> gpu(spec, 20 * GIB).setPlacement(Placement.newBuilder().putRequiredNodeLabels("name", "full")));
        assertThat(id).isEqualTo("default_x");
        router.nodes.drainNode(
                DrainNodeRequest.newBuilder().setName("nodes/drained").build());
        stale.silent();
        platform.pass(Duration.ofSeconds(7));

        var explained = router.nodes.explainPlacement(ExplainPlacementRequest.newBuilder()
                .setSpec(gpu(FunctionSpec.newBuilder(), 10 * GIB)
                        .setPlacement(Placement.newBuilder()
                                .putRequiredNodeLabels("zone", "a")
                                .setRule("node.name != \"ruled\"")))
                .build());

        assertThat(explained.getCandidatesList().stream().filter(Candidate::getFeasible))
                .extracting(Candidate::getNode)
                .containsExactly("nodes/good");
        assertThat(explained.getCandidates(0).getNode()).as("the best first").isEqualTo("nodes/good");
        assertThat(only(of(explained, "labelled"))).isEqualTo("label zone is not a");
        assertThat(only(of(explained, "full"))).startsWith("gpu-0 has " + 4 * GIB + " bytes free (needs " + 10 * GIB);
        assertThat(only(of(explained, "drained"))).isEqualTo("node is DRAINED");
        assertThat(only(of(explained, "sick"))).isEqualTo("gpu-0 is not healthy: XID 79");
        assertThat(only(of(explained, "ruled"))).isEqualTo("the rule node.name != \"ruled\" does not allow it");
        assertThat(only(of(explained, "stale"))).isEqualTo("node is STALE");
        assertThat(only(of(explained, "keeper"))).isEqualTo("pinned copies of other functions are in the way");
    }

    /** A copy of 16 GiB of another function stays on that node. */
    private void keep(FakeExecutor node) {
        var kept = FunctionVersion.newBuilder()
                .setVersion(9)
                .setSpec(gpu(FunctionSpec.newBuilder(), 16 * GIB)
                        .setScaling(Scaling.newBuilder().setInstanceCountPinned(1)))
                .build();
        router.cell.pinned(
                List.of(Objects.requireNonNull(new Specs(new RoutingRules()).pinned("default", "functions/f", kept))));
        node.report(LoadReport.newBuilder()
                .addResidencies(Residency.newBuilder()
                        .setFunctionKey("default/functions/f/versions/9")
                        .setTier(Residency.Tier.TIER_DEVICE)
                        .setIdleInstanceCount(1)
                        .setInstanceCount(1)
                        .addDeviceIds("gpu-0")));
    }

    @Test
    void aNodeWhoseReportIsLateIsMarked() {
        var late = node("late", "a");
        late.silent();
        platform.pass(Duration.ofSeconds(3));

        var explained = router.nodes.explainPlacement(ExplainPlacementRequest.newBuilder()
                .setSpec(gpu(FunctionSpec.newBuilder(), GIB))
                .build());

        assertThat(explained.getCandidates(0).getFeasible()).isTrue();
        assertThat(explained.getCandidates(0).getReasonsList().getLast()).startsWith("its report is late");
    }

    @Test
    void aCallSaysWhatItWaitedFor() {
        var node = platform.executor(router, "n1").slots(1).attach();
        String first = api.dispatch("first");
        node.accept(first);
        assertThat(explain("first").getWaitingFor()).isEqualTo("its node, to load the function");
        api.dispatch("second");
        platform.pass(Duration.ofSeconds(1));
        node.run(first);
        node.heartbeat(first);
        platform.pass(Duration.ofSeconds(2));

        assertThat(explain("first").getNode()).isEqualTo("nodes/n1");
        assertThat(explain("first").getWaitedList())
                .containsExactly("queue: 0.000 s", "start (COLD): 1.000 s", "run: 2.000 s so far");
        assertThat(explain("second").getWaitedList()).containsExactly("queue: 3.000 s");
        assertThat(explain("second").getWaitingFor()).isEqualTo("a node with room");
        assertThat(explain("second").getQueuePosition()).isEqualTo(1);
    }

    @Test
    void aNodeThatIsHeldForACallIsSaidToBe() {
        var node = platform.executor(router, "g1").gpus(2, 24 * GIB).slots(4).attach();
        String small = api.dispatchSpec("small", spec -> gpu(spec, GIB));
        node.run(small);
        String large = api.dispatchSpec("large", ExplainTest::bothGpus);
        assertThat(explain("large").getWaitingFor()).isEqualTo("a node with room");
        for (int i = 0; i < 31; i++) {
            platform.pass(Duration.ofSeconds(1));
            node.heartbeat(small);
        }

        assertThat(explain("large").getWaitingFor()).isEqualTo("room on nodes/g1, which is held for it");
        assertThat(of(explain("large"), "g1").getReasonsList())
                .anyMatch(reason -> reason.startsWith("gpu-"))
                .endsWith("it is held for this call: nothing else starts there");
        String other = api.dispatchSpec("other", spec -> gpu(spec, GIB));
        assertThat(only(of(explain("other"), "g1")))
                .isEqualTo("it is held for call " + large + ", which has waited too long");
        assertThat(explain("other").getWaitingFor()).isEqualTo("a node with room");
        var spec = router.nodes.explainPlacement(ExplainPlacementRequest.newBuilder()
                .setSpec(gpu(FunctionSpec.newBuilder(), GIB))
                .build());
        assertThat(of(spec, "g1").getFeasible()).isFalse();

        node.finish(small);

        assertThat(explain("large").getNode()).isEqualTo("nodes/g1");
        assertThat(node.assigned()).doesNotContain(other + "@1");
        node.run(large);
        node.finish(large);
        assertThat(node.assigned()).contains(other + "@1");
    }

    private static FunctionSpec.Builder bothGpus(FunctionSpec.Builder spec) {
        return spec.setResources(ResourceRequirements.newBuilder()
                .setAccelerator(AcceleratorRequirements.newBuilder().setDeviceCount(2)));
    }

    private ExplainPlacementResponse explain(String invocation) {
        return router.nodes.explainPlacement(ExplainPlacementRequest.newBuilder()
                .setInvocation("invocations/" + invocation)
                .build());
    }
}
