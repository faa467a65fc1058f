package dev.modulate.router.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.modulate.executor.v1.DeviceHealth;
import dev.modulate.executor.v1.DeviceLoad;
import dev.modulate.executor.v1.LoadReport;
import dev.modulate.executor.v1.Residency;
import dev.modulate.registry.v1.AcceleratorRequirements;
import dev.modulate.registry.v1.FunctionVersion;
import dev.modulate.registry.v1.ResourceRequirements;
import dev.modulate.router.v1.AttachResponse;
import dev.modulate.router.v1.ExplainPlacementRequest;
import dev.modulate.router.v1.GetNodeRequest;
import dev.modulate.router.v1.Node;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What load reports do to the view of the router, and when they are not believed. */
class LoadStreamTest {
    private static final long GIB = 1L << 30;
    private static final String FUNCTION = "default/functions/f/versions/1";

    private final Platform platform = new Platform();
    private final Platform.RouterStart router = platform.startRouter("router-1");
    private final FakeApi api = platform.api(router, "api-1");

    @AfterEach
    void close() {
        platform.close();
    }

    @Test
    void aDeltaChangesOnlyWhatItNames() {
        var node = platform.executor(router, "g1").gpus(2, 80 * GIB).attach();
        node.report(LoadReport.newBuilder()
                .addDevices(device("gpu-0", 1, GIB))
                .addDevices(device("gpu-1", 2, 2 * GIB))
                .addResidencies(residency("default/functions/a/versions/1"))
                .addResidencies(residency("default/functions/b/versions/1")));

        node.report(LoadReport.newBuilder()
                .setDelta(true)
                .addDevices(device("", 2, 7 * GIB))
                .addResidencies(residency("default/functions/c/versions/1"))
                .addRemovedFunctionKeys("default/functions/a/versions/1"));

        var load = shown("g1").getLoad();
        assertThat(load.getDevicesList())
                .extracting(DeviceLoad::getDeviceId, DeviceLoad::getMemoryUsedBytes)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple("gpu-0", GIB),
                        org.assertj.core.groups.Tuple.tuple("gpu-1", 7 * GIB));
        assertThat(load.getResidenciesList())
                .extracting(Residency::getFunctionKey)
                .containsExactly("default/functions/b/versions/1", "default/functions/c/versions/1");
        assertThat(load.getDelta()).isFalse();
    }

    @Test
    void whatADriverSaysOfADeviceIsShownToOperators() {
        var node = platform.executor(router, "g1").gpus(2, 80 * GIB).attach();
        var said = DeviceHealth.newBuilder()
                .setLastXid(31)
                .setEccUncorrectedCount(1)
                .addThrottleReasons("sw_power_cap")
                .build();
        node.report(
                LoadReport.newBuilder().addDevices(device("gpu-0", 1, GIB)).addDevices(device("gpu-1", 2, 2 * GIB)));

        node.report(LoadReport.newBuilder()
                .setDelta(true)
                .addDevices(device("", 2, 2 * GIB).toBuilder().setHealth(said)));

        assertThat(shown("g1").getLoad().getDevices(0).hasHealth()).isFalse();
        assertThat(shown("g1").getLoad().getDevices(1).getHealth()).isEqualTo(said);
        assertThat(shown("g1").getLoad().getDevices(1).getDeviceId()).isEqualTo("gpu-1");
    }

    @Test
    void explainsThatADeployedVersionIsWarm() {
        var node = platform.executor(router, "n1").attach();
        node.report(LoadReport.newBuilder().addResidencies(residency(FUNCTION)));

        assertThat(warmth(FunctionVersion.newBuilder()
                        .setName("functions/f/versions/1")
                        .setVersion(1)))
                .isEqualTo("warmth: IDLE");
        assertThat(warmth(FunctionVersion.newBuilder()
                        .setName("functions/f/versions/2")
                        .setVersion(2)))
                .isEqualTo("warmth: COLD");
    }

    private String warmth(FunctionVersion.Builder version) {
        return router.nodes
                .explainPlacement(
                        ExplainPlacementRequest.newBuilder().setVersion(version).build())
                .getCandidates(0)
                .getReasons(0);
    }

    @Test
    void asksForEverythingWhenADeltaIsMissing() {
        var node = platform.executor(router, "n1").attach();
        node.report(LoadReport.newBuilder().addResidencies(residency(FUNCTION)));
        node.skipReport();

        node.report(LoadReport.newBuilder().setDelta(true).addRemovedFunctionKeys(FUNCTION));

        assertThat(node.heard).last().extracting(AttachResponse::hasResync).isEqualTo(true);
        assertThat(shown("n1").getLoad().getResidenciesCount()).isEqualTo(1);
        node.report(LoadReport.newBuilder());
        assertThat(shown("n1").getLoad().getResidenciesCount()).isZero();
        assertThat(ignored("gap")).isEqualTo(1);
    }

    @Test
    void ignoresAReportThatAnswersAnOlderRouter() {
        var node = platform.executor(router, "n1").attach();
        long epoch = node.heard.getFirst().getWelcome().getEpoch();

        node.report(LoadReport.newBuilder().setRouterEpoch(epoch - 1).setDraining(true));

        assertThat(shown("n1").getState()).isEqualTo(Node.State.STATE_ACTIVE);
        assertThat(ignored("old_epoch")).isEqualTo(1);
        node.report(LoadReport.newBuilder().setRouterEpoch(epoch).setDraining(true));
        assertThat(shown("n1").getState()).isEqualTo(Node.State.STATE_DRAINED);
    }

    @Test
    void stampsAssignmentsWithItsEpoch() {
        var node = platform.executor(router, "n1").attach();
        api.dispatch("a");

        var assignment = node.heard.stream()
                .filter(AttachResponse::hasAssignment)
                .findFirst()
                .orElseThrow();
        assertThat(assignment.getEpoch())
                .isPositive()
                .isEqualTo(node.heard.getFirst().getWelcome().getEpoch());
    }

    /** The same fleet twice, with every device's utilization turned around: every decision is the same. */
    @Test
    void utilizationChangesNoDecision() {
        assertThat(placedWithUtilization(0, 100))
                .hasSize(6)
                .isEqualTo(placedWithUtilization(100, 0))
                .isEqualTo(placedWithUtilization(37, 37));
    }

    private static List<String> placedWithUtilization(int even, int odd) {
        var platform = new Platform();
        try {
            var router = platform.startRouter("router-1");
            var api = platform.api(router, "api-1");
            var nodes = List.of(
                    platform.executor(router, "g1").slots(4).gpus(2, 80 * GIB).attach(),
                    platform.executor(router, "g2").slots(4).gpus(2, 80 * GIB).attach());
            for (int i = 0; i < nodes.size(); i++) {
                int utilization = i % 2 == 0 ? even : odd;
                nodes.get(i)
                        .report(LoadReport.newBuilder()
                                .addDevices(device("gpu-0", 1, GIB).toBuilder().setUtilizationPercent(utilization))
                                .addDevices(
                                        device("gpu-1", 2, GIB).toBuilder().setUtilizationPercent(100 - utilization)));
            }
            for (int i = 0; i < 6; i++) {
                api.dispatchSpec(
                        "call-" + i,
                        spec -> spec.setResources(ResourceRequirements.newBuilder()
                                .setAccelerator(AcceleratorRequirements.newBuilder()
                                        .setDeviceCount(1)
                                        .setDeviceMemoryBytes(20 * GIB))));
            }
            return nodes.stream()
                    .flatMap(node -> node.assignments().stream()
                            .map(each -> each.getTask().getTaskId() + " " + each.getDevicesList()))
                    .toList();
        } finally {
            platform.close();
        }
    }

    @Test
    void aReportThatWasLongUnderWayIsAsOldAsItIs() {
        var node = platform.executor(router, "n1").silent().attach();
        node.report(LoadReport.newBuilder().setUptimeMillis(10_000));
        platform.pass(Duration.ofSeconds(4));

        node.report(LoadReport.newBuilder().setUptimeMillis(10_500));

        platform.pass(Duration.ofSeconds(2));
        assertThat(shown("n1").getState()).isEqualTo(Node.State.STATE_STALE);
    }

    @Test
    void loadsNothingNewOnANodeThatWasNotHeardOfLately() {
        var node = platform.executor(router, "n1").silent().attach();
        node.report(LoadReport.newBuilder());
        platform.pass(Duration.ofSeconds(2));

        String id = api.dispatch("a");

        assertThat(shown("n1").getState()).isEqualTo(Node.State.STATE_ACTIVE);
        assertThat(node.assigned()).isEmpty();
        node.report();
        assertThat(node.assigned()).containsExactly(id + "@1");
    }

    @Test
    void usesAWarmNodeThatWasNotHeardOfLatelyWhenNothingElseIsNear() {
        var node = platform.executor(router, "n1").silent().attach();
        node.report(LoadReport.newBuilder().addResidencies(residency(FUNCTION)));
        platform.pass(Duration.ofSeconds(2));

        String id = api.dispatch("a");

        assertThat(node.assigned()).containsExactly(id + "@1");
    }

    @Test
    void hangsUpOnANodeThatFellSilent() {
        var node = platform.executor(router, "n1").silent().attach();
        String id = api.dispatch("a");
        node.run(id);
        var other = platform.executor(router, "n2").attach();

        platform.pass(Duration.ofSeconds(11));

        assertThat(node.ended).isTrue();
        assertThat(other.assigned()).containsExactly(id + "@2");
    }

    @Test
    void aNodeThatComesBackGetsOneCallASecondUntilItRunsOne() {
        var node = platform.executor(router, "n1").slots(4).attach();
        node.disconnect();
        node.attach();

        var ids = List.of(api.dispatch("a"), api.dispatch("b"), api.dispatch("c"), api.dispatch("d"));

        assertThat(node.assigned()).hasSize(1);
        platform.pass(Duration.ofMillis(1_500));
        assertThat(node.assigned()).hasSize(2);
        node.run(ids.getFirst());
        assertThat(node.assigned()).hasSize(4);
    }

    private double ignored(String reason) {
        return router.meters
                .counter(RouterMeters.REPORTS_IGNORED, "reason", reason)
                .count();
    }

    private Node shown(String node) {
        return router.nodes
                .getNode(GetNodeRequest.newBuilder().setName("nodes/" + node).build())
                .getNode();
    }

    private static DeviceLoad device(String id, int number, long usedBytes) {
        return DeviceLoad.newBuilder()
                .setDeviceId(id)
                .setDeviceNumber(number)
                .setHealthy(true)
                .setMemoryUsedBytes(usedBytes)
                .build();
    }

    private static Residency residency(String function) {
        return Residency.newBuilder()
                .setFunctionKey(function)
                .setTier(Residency.Tier.TIER_HOST)
                .setIdleInstanceCount(1)
                .setInstanceCount(1)
                .build();
    }
}
