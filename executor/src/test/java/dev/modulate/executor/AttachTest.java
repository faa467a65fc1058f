package dev.modulate.executor;

import static dev.modulate.executor.v1.AssignmentUpdate.State.STATE_ACCEPTED;
import static dev.modulate.executor.v1.AssignmentUpdate.State.STATE_FINISHED;
import static dev.modulate.executor.v1.AssignmentUpdate.State.STATE_REJECTED;
import static dev.modulate.executor.v1.AssignmentUpdate.State.STATE_RUNNING;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.modulate.executor.v1.AssignmentUpdate;
import dev.modulate.executor.v1.LoadReport;
import dev.modulate.executor.v1.Residency;
import dev.modulate.registry.v1.FunctionSpec;
import dev.modulate.registry.v1.Scaling;
import dev.modulate.resonate.protocol.PromiseState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AttachTest {
    @TempDir
    private Path folder;

    private Node node;

    @BeforeEach
    void start() throws IOException {
        RealPython.required();
        node = new Node(folder.resolve("data"));
    }

    @AfterEach
    void stop() {
        if (node != null) {
            node.close();
        }
    }

    private FunctionSpec waits() {
        return node.python("""
                import os, time
                def handler(event, context):
                    while not os.path.exists(event):
                        time.sleep(0.01)
                    return "done"
                """);
    }

    private String go() {
        return "\"" + folder.resolve("go") + "\"";
    }

    private void letGo() throws IOException {
        Files.createFile(folder.resolve("go"));
    }

    private void assertRejected(String id, String reason) {
        node.awaitState(id, STATE_REJECTED);
        assertThat(node.router.updates(id))
                .extracting(AssignmentUpdate::getRejectReason)
                .containsExactly(reason);
    }

    private LoadReport lastReport() {
        return node.router.reports().getLast();
    }

    @Test
    void aNodeThatIsAskedToStopFinishesWhatRunsAndTakesNoMore() throws IOException {
        var slow = waits();
        node.call("default_1", slow, go());
        node.awaitState("default_1", STATE_RUNNING);

        assertThat(node.drain(Duration.ofMillis(100))).isFalse();
        await().atMost(Node.PATIENCE)
                .until(() -> node.router.reports().getLast().getDraining());
        node.call("default_2", slow, go());
        letGo();
        assertThat(node.drain(Node.PATIENCE)).isTrue();

        assertThat(node.router.states("default_1")).endsWith(STATE_FINISHED);
        assertThat(node.router.updates("default_2").getFirst().getRejectReason())
                .isEqualTo("DRAINING");
    }

    @Test
    void introducesItself() {
        var profile = node.router.hellos().getFirst().getProfile();

        assertThat(profile.getNodeId()).isEqualTo("node-1");
        assertThat(profile.getPool()).isEqualTo("cpu");
        assertThat(profile.getSlotCount()).isEqualTo(4);
        assertThat(profile.getLabelsMap()).containsEntry("zone", "a");
        assertThat(profile.getIncarnation()).isPositive();
    }

    @Test
    void reportsEachPeriodAndWhatItHasSeen() {
        node.call("default_1", node.python("def handler(event, context):\n    return 1\n"), "{}");
        node.awaitFinished("default_1");

        await().atMost(Node.PATIENCE).untilAsserted(() -> {
            assertThat(lastReport().getAckedDispatchSequence()).isEqualTo(1);
            assertThat(lastReport().getRunningCount()).isZero();
            assertThat(lastReport().getRouterEpoch()).isEqualTo(1);
            assertThat(node.router.newestResidency().getIdleInstanceCount()).isEqualTo(1);
            assertThat(node.router.newestResidency().hasRunDuration()).isTrue();
        });
        var residency = node.router.newestResidency();
        assertThat(residency.getTier()).isEqualTo(Residency.Tier.TIER_HOST);
        assertThat(residency.getFunctionKey()).startsWith("default/functions/f/versions/");
        assertThat(residency.hasLoadDuration()).isTrue();
        assertThat(residency.hasRunDuration()).isTrue();
        long seen = lastReport().getSequence();
        await().atMost(Node.PATIENCE).until(() -> lastReport().getSequence() > seen + 1);
    }

    @Test
    void saysOnlyWhatChangedUntilTheRouterAsksForEverything() {
        node.call("default_1", node.python("def handler(event, context):\n    return 1\n"), "{}");
        node.awaitFinished("default_1");
        await().atMost(Node.PATIENCE).until(() -> node.router.newestResidency().hasRunDuration());
        long told = lastReport().getSequence();
        await().atMost(Node.PATIENCE).until(() -> lastReport().getSequence() > told + 1);

        assertThat(node.router.reports().getFirst().getDelta()).isFalse();
        assertThat(lastReport().getDelta()).isTrue();
        assertThat(lastReport().getResidenciesCount()).isZero();
        assertThat(lastReport().getUptimeMillis())
                .isGreaterThan(node.router.reports().getFirst().getUptimeMillis());

        int reports = node.router.reports().size();
        node.router.resync();

        await().atMost(Node.PATIENCE)
                .untilAsserted(() -> assertThat(
                                node.router.reports().stream().skip(reports).filter(report -> !report.getDelta()))
                        .singleElement()
                        .satisfies(report ->
                                assertThat(report.getResidenciesCount()).isEqualTo(1)));
    }

    @Test
    void refusesASingleAssignmentOfAnOlderEpoch() {
        node.router.epoch(7);
        redial();

        node.router.assignmentEpoch(6);
        node.call("default_1", waits(), go());

        assertRejected("default_1", "STALE_ROUTER");
        assertThat(node.router.hellos().getLast().getEpochMax()).isEqualTo(1);
    }

    @Test
    void takesATaskAndVersionOnce() {
        var spec = node.python("def handler(event, context):\n    return 1\n");
        node.call("default_1", spec, "{}");
        node.awaitFinished("default_1");

        node.assign("default_1", spec, "{}", assignment -> assignment);
        node.call("default_2", spec, "{}");
        node.awaitFinished("default_2");

        assertThat(node.router.states("default_1")).containsExactly(STATE_ACCEPTED, STATE_RUNNING, STATE_FINISHED);
    }

    @Test
    void dropsWhatHasTooLittleLeaseLeft() {
        node.call(
                "default_1",
                waits(),
                go(),
                assignment -> assignment.setLeaseRemaining(FakeRouter.proto(Duration.ofSeconds(3))));

        assertRejected("default_1", "LEASE_TOO_SHORT");
    }

    @Test
    void dropsWhatAsksForDevicesItDoesNotHave() {
        node.call("default_1", waits(), go(), assignment -> assignment.addDevices(FakeRouter.device("GPU-1", 1)));

        assertRejected("default_1", "UNKNOWN_DEVICE");
    }

    @Test
    void takesNothingWhileItDrains() {
        node.router.drain(true);
        node.call("default_1", waits(), go());

        assertRejected("default_1", "DRAINING");
        await().atMost(Node.PATIENCE).until(() -> lastReport().getDraining());
        node.router.drain(false);
        node.call("default_2", waits(), go());
        node.awaitState("default_2", STATE_RUNNING);
    }

    @Test
    void tellsTheNextRouterOfItsDrainAndWhatIsLeftOfTheDeadline() {
        node.router.drain(Duration.ofMinutes(1));
        await().atMost(Node.PATIENCE).until(() -> lastReport().getDraining());
        redial();
        var hello = node.router.hellos().getLast();
        assertThat(hello.getDraining()).isTrue();
        assertThat(hello.getDrainDeadlineRemaining().getSeconds()).isBetween(0L, 59L);

        node.router.drain(false);
        await().atMost(Node.PATIENCE).until(() -> !lastReport().getDraining());
        node.router.drain(true);
        await().atMost(Node.PATIENCE).until(() -> lastReport().getDraining());
        redial();
        assertThat(node.router.hellos().getLast().hasDrainDeadlineRemaining())
                .as("this one has none")
                .isFalse();
    }

    @Test
    void takesNoMoreThanItsSlots() throws IOException {
        var spec = waits();
        IntStream.range(0, 5).forEach(i -> node.call("default_" + i, spec, go()));

        assertRejected("default_4", "NO_SLOT");
        letGo();
        IntStream.range(0, 4).forEach(i -> node.awaitFinished("default_" + i));
        assertThat(node.value("default_3", PromiseState.RESOLVED)).isEqualTo("\"done\"");
    }

    @Test
    void waitsForAnInstanceWhenTheFunctionMayHaveNoMore() throws IOException {
        var spec = waits().toBuilder()
                .setScaling(Scaling.newBuilder().setInstanceCountMax(1))
                .build();
        node.call("default_1", spec, go());
        node.awaitState("default_1", STATE_RUNNING);
        node.call("default_2", spec, go());
        node.awaitState("default_2", STATE_ACCEPTED);
        await().atMost(Node.PATIENCE).until(() -> lastReport().getQueuedCount() == 1);

        letGo();

        node.awaitFinished("default_2");
        assertThat(node.router.newestResidency().getInstanceCount()).isEqualTo(1);
    }

    @Test
    void refusesWorkOfARouterThatIsOlderThanOneItHasSeen() {
        node.router.epoch(7);
        redial();
        node.router.epoch(6);
        redial();

        node.call("default_1", waits(), go());

        assertRejected("default_1", "STALE_ROUTER");
    }

    private void redial() {
        int hellos = node.router.hellos().size();
        node.router.cut();
        await().atMost(Node.PATIENCE).until(() -> node.router.hellos().size() > hellos);
    }

    @Test
    void restatesWhatItHoldsToTheNextRouter() throws IOException {
        var spec = waits();
        node.call("default_1", spec, go());
        node.call("default_2", spec, "\"/\"", assignment -> assignment);
        node.awaitState("default_1", STATE_RUNNING);
        node.awaitFinished("default_2");

        redial();

        var held = node.router.hellos().getLast().getHeldList();
        assertThat(held).singleElement().satisfies(one -> {
            assertThat(one.getTask()).isEqualTo(FakeRouter.ref("default_1", 1));
            assertThat(one.getOwnerPid()).isEqualTo(Node.PID);
            assertThat(one.getFunctionKey()).startsWith("default/functions/f/versions/");
            assertThat(one.hasUpdate()).isFalse();
        });
        letGo();
        node.awaitFinished("default_1");
    }

    @Test
    void tellsTheNextRouterWhatEndedWhileNoneWasThere() throws IOException {
        node.call("default_1", waits(), go());
        node.awaitState("default_1", STATE_RUNNING);
        int hellos = node.router.hellos().size();
        node.router.refuse(true);
        node.router.cut();

        letGo();

        node.value("default_1", PromiseState.RESOLVED);
        await().atMost(Node.PATIENCE).until(() -> node.attempts("SUCCEEDED") == 1);
        node.router.refuse(false);
        await().atMost(Node.PATIENCE).until(() -> node.router.hellos().size() > hellos);
        assertThat(node.router.hellos().getLast().getHeldList()).singleElement().satisfies(one -> {
            assertThat(one.getTask()).isEqualTo(FakeRouter.ref("default_1", 1));
            assertThat(one.getUpdate().getState()).isEqualTo(STATE_FINISHED);
        });
    }

    @Test
    void aCancelledRunIsAskedToEndAndThenKilled() throws IOException {
        Path asked = folder.resolve("asked");
        var stubborn = node.python("""
                import signal, time
                def note(number, frame):
                    open("%s", "w").close()
                def handler(event, context):
                    signal.signal(signal.SIGTERM, note)
                    print("ready", flush=True)
                    time.sleep(60)
                """.formatted(asked));
        node.call("default_1", stubborn, "{}");
        await().atMost(Node.PATIENCE).until(() -> !node.api.chunks("default_1").isEmpty());

        node.router.cancel("default_1", 0, Duration.ofMillis(500));

        await().atMost(Node.PATIENCE).until(() -> Files.exists(asked));
        node.awaitFinished("default_1");
        assertThat(node.attempts("CANCELLED")).isEqualTo(1);
        assertThat(node.resonate.promise("default_1").state()).isEqualTo(PromiseState.PENDING);
    }

    @Test
    void sixteenSlotsServeFiftyCalls() throws IOException {
        node.close();
        node = new Node(folder.resolve("wide"), dev.modulate.executor.device.Devices.none(), 16);
        var spec = node.python("import time\ndef handler(event, context):\n    time.sleep(0.02)\n    return event\n");

        for (int i = 0; i < 50; i++) {
            int calls = i;
            await().atMost(Node.PATIENCE).until(() -> running(calls) < 16);
            node.call("default_" + i, spec, Integer.toString(i));
        }

        for (int i = 0; i < 50; i++) {
            assertThat(node.value("default_" + i, PromiseState.RESOLVED)).isEqualTo(Integer.toString(i));
        }
        assertThat(IntStream.range(0, 50).mapToObj(i -> node.router.states("default_" + i)))
                .allSatisfy(states -> assertThat(states).doesNotContain(STATE_REJECTED));
    }

    private long running(int calls) {
        return IntStream.range(0, calls)
                .filter(i -> !node.router.states("default_" + i).contains(STATE_FINISHED))
                .count();
    }
}
