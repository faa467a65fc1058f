package dev.modulate.router.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.modulate.executor.v1.DeviceLoad;
import dev.modulate.executor.v1.LoadReport;
import dev.modulate.executor.v1.Residency;
import dev.modulate.registry.v1.AcceleratorRequirements;
import dev.modulate.registry.v1.FunctionSpec;
import dev.modulate.registry.v1.FunctionVersion;
import dev.modulate.registry.v1.ResourceRequirements;
import dev.modulate.registry.v1.Scaling;
import dev.modulate.router.rule.RoutingRules;
import dev.modulate.router.scheduling.WarmQueueRules;
import dev.modulate.router.v1.ExplainPlacementRequest;
import dev.modulate.router.v1.ExplainPlacementResponse;
import dev.modulate.router.v1.GetNodeRequest;
import dev.modulate.router.wire.Pinned;
import dev.modulate.router.wire.Specs;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Loads that no call is bound to: beside what runs while calls wait, and of what is to stay warm. */
class LoadsTest {
    private static final long GIB = 1L << 30;
    private static final String F1 = "default/functions/f/versions/1";

    private final Platform platform = new Platform();
    private final Platform.RouterStart router =
            platform.startRouter("router-1", Platform.rules(100), WarmQueueRules.DEFAULT.withBackgroundShare(1));
    private final FakeApi api = platform.api(router, "api-1");

    @AfterEach
    void close() {
        platform.close();
    }

    private FakeExecutor gpuNode(String name) {
        return platform.executor(router, name).slots(1).gpus(1, 24 * GIB).attach();
    }

    private static FunctionSpec.Builder onGpu(FunctionSpec.Builder spec, long bytes) {
        return spec.setResources(ResourceRequirements.newBuilder()
                .setAccelerator(AcceleratorRequirements.newBuilder().setDeviceMemoryBytes(bytes)));
    }

    /** A call of that version of f, 8 GiB on a device. */
    private String call(String id, long version) {
        return call(id, version, 8 * GIB);
    }

    private String call(String id, long version, long bytes) {
        return api.dispatch(
                id,
                invocation -> invocation.setRecord(
                        invocation.getRecord().toBuilder().setVersion(version).build()),
                spec -> onGpu(spec, bytes));
    }

    /** A call of version 1 occupies the only slot; one of version 2 waits; the budget has gathered enough. */
    private String waitingBeside(FakeExecutor node) {
        String running = call("a", 1);
        node.accept(running);
        node.run(running);
        platform.pass(Duration.ofSeconds(60));
        node.heartbeat(running);
        return call("b", 2);
    }

    private double count(LoadMeters.Kind kind, String outcome) {
        return router.meters
                .counter(LoadMeters.LOADS, "kind", kind.name().toLowerCase(java.util.Locale.ROOT), "outcome", outcome)
                .count();
    }

    private List<Long> placedBytes(String node) {
        return router.nodes
                .getNode(GetNodeRequest.newBuilder().setName("nodes/" + node).build())
                .getNode()
                .getDeviceMemoryPlacedBytesList();
    }

    private ExplainPlacementResponse explain(String invocation) {
        return router.nodes.explainPlacement(ExplainPlacementRequest.newBuilder()
                .setInvocation("invocations/" + invocation)
                .build());
    }

    @Test
    void loadsBesideWhatRunsAndTheCallThatWaitsStartsWarm() {
        var node = gpuNode("g1");
        String waiting = waitingBeside(node);

        var load = node.loads().getFirst();
        assertThat(load.getRecord().getVersion()).isEqualTo(2);
        assertThat(load.getRecord().hasInput()).isFalse();
        assertThat(load.getDevices(0).getMemoryBytes()).isEqualTo(8 * GIB);
        node.loading(load);
        assertThat(placedBytes("g1")).containsExactly(16 * GIB);
        assertThat(explain("b").getWaitingFor()).contains("being loaded on nodes/g1");
        assertThat(explain("b").getWaitedList()).singleElement().asString().startsWith("queue: ");

        node.resident(load);
        assertThat(placedBytes("g1")).containsExactly(8 * GIB);
        node.finish("default_a");

        assertThat(node.assigned()).contains(waiting + "@1");
        assertThat(router.meters
                        .counter(RouterMeters.PLACEMENTS, "reason", "idle")
                        .count())
                .isEqualTo(1);
        assertThat(count(LoadMeters.Kind.BACKGROUND, "ordered")).isEqualTo(1);
        assertThat(count(LoadMeters.Kind.BACKGROUND, "resident")).isEqualTo(1);
    }

    @Test
    void nobodyElseGetsTheMemoryOfALoad() {
        var node = platform.executor(router, "g1").slots(2).gpus(1, 24 * GIB).attach();
        for (String id : List.of("a1", "a2")) {
            String running = call(id, 1, 4 * GIB);
            node.accept(running);
            node.run(running);
        }
        platform.pass(Duration.ofSeconds(60));
        List.of("default_a1", "default_a2").forEach(node::heartbeat);
        call("b", 2, 12 * GIB);
        var load = node.loads().getFirst();
        node.loading(load);
        node.finish("default_a1");

        String other = call("c", 3, 10 * GIB);

        assertThat(node.assigned()).doesNotContain(other + "@1");
        assertThat(explain("c").getCandidates(0).getReasonsList().getFirst()).contains("bytes free (needs ");
    }

    @Test
    void whatFailsAndWhatIsRefusedIsCountedAndBacksOff() {
        var node = gpuNode("g1");
        waitingBeside(node);

        node.failLoad(node.loads().getFirst());
        platform.pass(Duration.ofMillis(500));
        assertThat(node.loads()).hasSize(1);
        platform.pass(Duration.ofSeconds(1));
        assertThat(node.loads()).hasSize(2);
        node.failLoad(node.loads().getLast());
        platform.pass(Duration.ofMillis(1_500));
        assertThat(node.loads()).hasSize(2);
        platform.pass(Duration.ofSeconds(1));
        assertThat(node.loads()).hasSize(3);
        node.refuseLoad(node.loads().getLast());
        platform.pass(Duration.ofMillis(1_500));
        assertThat(node.loads()).hasSize(4);
        assertThat(count(LoadMeters.Kind.BACKGROUND, "failed")).isEqualTo(2);
        assertThat(count(LoadMeters.Kind.BACKGROUND, "refused")).isEqualTo(1);
        assertThat(placedBytes("g1")).containsExactly(16 * GIB);
    }

    @Test
    void aNodeThatDoesNotAnswerIsNotWaitedFor() {
        var node = gpuNode("g1");
        waitingBeside(node);
        assertThat(placedBytes("g1")).containsExactly(16 * GIB);

        platform.pass(Duration.ofMillis(10_300));

        assertThat(count(LoadMeters.Kind.BACKGROUND, "lost")).isEqualTo(1);
        assertThat(placedBytes("g1")).containsExactly(8 * GIB);
    }

    @Test
    void aLoadIsCountedByTheNextStreamToo() {
        var node = gpuNode("g1");
        waitingBeside(node);
        var load = node.loads().getFirst();
        node.loading(load);
        node.disconnect();
        node.attach();
        assertThat(placedBytes("g1")).containsExactly(16 * GIB);

        node.resident(load);

        assertThat(placedBytes("g1")).containsExactly(8 * GIB);
    }

    private static Pinned pinned(long version, long bytes, int copies) {
        var spec = onGpu(FunctionSpec.newBuilder(), bytes)
                .setScaling(Scaling.newBuilder().setInstanceCountPinned(copies));
        var deployed =
                FunctionVersion.newBuilder().setVersion(version).setSpec(spec).build();
        return Objects.requireNonNull(new Specs(new RoutingRules()).pinned("default", "functions/f", deployed));
    }

    private static Residency resident(String function) {
        return Residency.newBuilder()
                .setFunctionKey(function)
                .setTier(Residency.Tier.TIER_DEVICE)
                .setIdleInstanceCount(1)
                .setInstanceCount(1)
                .addDeviceIds("gpu-0")
                .build();
    }

    private ExplainPlacementResponse.PinnedCopies standing(long version) {
        return router.nodes
                .explainPlacement(ExplainPlacementRequest.newBuilder()
                        .setVersion(FunctionVersion.newBuilder()
                                .setName("functions/f/versions/" + version)
                                .setVersion(version)
                                .setSpec(onGpu(FunctionSpec.newBuilder(), 8 * GIB)))
                        .build())
                .getPinned();
    }

    @Test
    void loadsACopyThatIsPinnedOntoEachNodeAndHasItKept() {
        var one = gpuNode("g1");
        var two = gpuNode("g2");
        router.cell.pinned(List.of(pinned(1, 8 * GIB, 2)));
        platform.pass(Duration.ofSeconds(4));

        for (var node : List.of(one, two)) {
            assertThat(node.loads()).hasSize(1);
            assertThat(node.loads()
                            .getFirst()
                            .getRecord()
                            .getTarget()
                            .getFunction()
                            .getName())
                    .isEqualTo("functions/f");
            node.resident(node.loads().getFirst());
            node.report(LoadReport.newBuilder().addResidencies(resident(F1)));
        }
        platform.pass(Duration.ofSeconds(1));

        assertThat(one.kept()).isEqualTo(Map.of(F1, 1));
        assertThat(two.kept()).isEqualTo(Map.of(F1, 1));
        assertThat(standing(1).getKeptCount()).isEqualTo(2);
        assertThat(standing(1).getMissingReason()).isEmpty();
        assertThat(count(LoadMeters.Kind.PINNED, "resident")).isEqualTo(2);

        router.cell.pinned(List.of());
        platform.pass(Duration.ofSeconds(1));
        assertThat(one.kept()).isEmpty();
        platform.pass(Duration.ofSeconds(5));
        assertThat(one.loads()).hasSize(1);
    }

    @Test
    void aPinnedCopyIsNotPushedOutForAnotherFunction() {
        var node = gpuNode("g1");
        router.cell.pinned(List.of(pinned(1, 8 * GIB, 1)));
        node.report(LoadReport.newBuilder().addResidencies(resident(F1)));
        platform.pass(Duration.ofSeconds(1));

        call("large", 2, 20 * GIB);

        assertThat(node.assigned()).isEmpty();
        assertThat(explain("large").getCandidates(0).getReasonsList())
                .containsExactly("pinned copies of other functions are in the way");
        router.cell.pinned(List.of());
        platform.pass(Duration.ofSeconds(1));
        assertThat(node.assigned()).containsExactly("default_large@1");
    }

    @Test
    void pinsBeyondTheQuotaWaitAndSayWhy() {
        var node = gpuNode("g1");
        router.cell.pinned(List.of(pinned(1, 8 * GIB, 1), pinned(2, 8 * GIB, 1)));
        platform.pass(Duration.ofSeconds(4));

        assertThat(node.loads())
                .singleElement()
                .satisfies(load -> assertThat(load.getRecord().getVersion()).isEqualTo(1));
        node.resident(node.loads().getFirst());
        platform.pass(Duration.ofSeconds(5));

        assertThat(node.loads()).hasSize(1);
        assertThat(standing(2).getKeptCount()).isZero();
        assertThat(standing(2).getMissingReason())
                .startsWith("pin quota: " + 8 * GIB + " of at most " + 12 * GIB + " bytes");
    }

    @Test
    void aPinThatNoNodeHasRoomForSaysSo() {
        var node = platform.executor(router, "g1").slots(1).gpus(2, 24 * GIB).attach();
        router.cell.pinned(List.of(pinned(1, 16 * GIB, 1)));
        node.report(LoadReport.newBuilder()
                .addDevices(DeviceLoad.newBuilder().setDeviceId("gpu-0"))
                .addDevices(DeviceLoad.newBuilder().setDeviceId("gpu-1")));
        platform.pass(Duration.ofSeconds(5));

        assertThat(node.loads()).isEmpty();
        assertThat(standing(1).getMissingReason()).startsWith("no node has room");
    }

    @Test
    void aNodeThatComesBackInTimeIsNotReplaced() {
        var one = gpuNode("g1");
        var two = gpuNode("g2");
        router.cell.pinned(List.of(pinned(1, 8 * GIB, 1)));
        one.report(LoadReport.newBuilder().addResidencies(resident(F1)));
        platform.pass(Duration.ofSeconds(1));
        assertThat(one.kept()).isEqualTo(Map.of(F1, 1));

        one.disconnect();
        platform.pass(Duration.ofSeconds(2));
        one.attach();
        one.report(LoadReport.newBuilder().addResidencies(resident(F1)));
        platform.pass(Duration.ofSeconds(4));

        assertThat(two.loads()).isEmpty();
        one.disconnect();
        platform.pass(Duration.ofSeconds(4));
        assertThat(two.loads()).hasSize(1);
    }
}
