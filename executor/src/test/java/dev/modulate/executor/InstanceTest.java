package dev.modulate.executor;

import static dev.modulate.executor.v1.AssignmentUpdate.State.STATE_RUNNING;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.modulate.executor.device.Devices;
import dev.modulate.executor.v1.Residency;
import dev.modulate.registry.v1.FunctionSpec;
import dev.modulate.registry.v1.Isolation;
import dev.modulate.registry.v1.Scaling;
import dev.modulate.resonate.protocol.PromiseState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InstanceTest {
    private static final String PID = "import os\ndef handler(event, context):\n    return os.getpid()\n";

    @TempDir
    private Path folder;

    private Node node;

    @BeforeEach
    void start() throws IOException {
        RealPython.required();
        node = new Node(folder, new FakeDevices(), 2);
    }

    @AfterEach
    void stop() {
        if (node != null) {
            node.close();
        }
    }

    /** Answers the process that ran it. */
    private long run(String id, FunctionSpec spec) {
        node.call(id, spec, "{}");
        long pid = Long.parseLong(node.value(id, PromiseState.RESOLVED));
        node.awaitFinished(id);
        return pid;
    }

    private long runOn(String id, FunctionSpec spec, String device, long bytes) {
        node.call(id, spec, "{}", assignment -> assignment.addDevices(FakeRouter.device(device, bytes)));
        long pid = Long.parseLong(node.value(id, PromiseState.RESOLVED));
        node.awaitFinished(id);
        return pid;
    }

    private static boolean lives(long pid) {
        return Files.exists(Path.of("/proc/" + pid));
    }

    private static void assertGoes(long pid) {
        await().atMost(Node.PATIENCE).until(() -> !lives(pid));
    }

    @Test
    void anIdleInstanceOfAnotherFunctionMakesRoom() {
        long oldest = run("default_1", node.python(PID));
        long second = run("default_2", node.python(PID + "#2\n"));

        long third = run("default_3", node.python(PID + "#3\n"));

        assertGoes(oldest);
        assertThat(lives(second)).isTrue();
        assertThat(lives(third)).isTrue();
    }

    @Test
    void idleInstancesThatDoNotMixLeaveTheDevice() {
        long first = runOn("default_1", node.python(PID), "GPU-0", 10);
        long second = runOn("default_2", node.python(PID + "#2\n"), "GPU-0", 10);
        assertThat(lives(first)).isTrue();

        var alone = FakeRouter.device("GPU-0", 10).toBuilder().setIsolation(Isolation.ISOLATION_FUNCTION);
        node.call("default_3", node.python(PID + "#3\n"), "{}", assignment -> assignment.addDevices(alone));
        node.value("default_3", PromiseState.RESOLVED);

        assertGoes(first);
        assertGoes(second);
    }

    @Test
    void anInstanceThatIsIdleForTooLongGoes() {
        var scaling = Scaling.newBuilder().setIdleTimeout(FakeRouter.proto(Duration.ofMillis(200)));
        var spec = node.python(PID).toBuilder().setScaling(scaling).build();

        assertGoes(run("default_1", spec));
        await().atMost(Node.PATIENCE).until(() -> node.router.newestResidency().getTier() == Residency.Tier.TIER_DISK);
    }

    @Test
    void theLeastNumberOfInstancesStaysWarm() {
        var scaling =
                Scaling.newBuilder().setInstanceCountMin(1).setIdleTimeout(FakeRouter.proto(Duration.ofMillis(50)));
        var spec = node.python(PID).toBuilder().setScaling(scaling).build();

        long first = run("default_1", spec);
        var other = node.python(PID + "#2\n").toBuilder()
                .setScaling(Scaling.newBuilder().setIdleTimeout(FakeRouter.proto(Duration.ofMillis(50))))
                .build();
        assertGoes(run("default_2", other));

        assertThat(run("default_3", spec)).isEqualTo(first);
    }

    @Test
    void anInstanceThatDiedWhileIdleIsReplaced() {
        var spec = node.python(PID);
        long first = run("default_1", spec);
        await().atMost(Node.PATIENCE).until(() -> node.router.newestResidency().getInstanceCount() == 1);

        ProcessHandle.of(first).orElseThrow().destroyForcibly();
        assertGoes(first);

        await().atMost(Node.PATIENCE).until(() -> node.router.newestResidency().getInstanceCount() == 0);
        assertThat(run("default_2", spec)).isNotEqualTo(first);
    }

    @Test
    void seesTheDevicesThatWereSetAsideAndNoOther() {
        var spec = node.python("""
                import os
                def handler(event, context):
                    return [os.environ["CUDA_VISIBLE_DEVICES"], context.devices]
                """);

        node.call("default_1", spec, "{}", assignment -> assignment.addDevices(FakeRouter.device("GPU-1", 100)));
        node.call("default_2", spec, "{}");

        assertThat(node.value("default_1", PromiseState.RESOLVED)).isEqualTo("[\"GPU-1\", [\"GPU-1\"]]");
        assertThat(node.value("default_2", PromiseState.RESOLVED)).isEqualTo("[\"\", []]");
    }

    @Test
    void reportsDevicesAndWhatLivesOnThem() {
        runOn("default_1", node.python(PID), "GPU-0", 100);

        await().atMost(Node.PATIENCE)
                .until(() -> node.router.newestResidency().getTier() == Residency.Tier.TIER_DEVICE);
        assertThat(node.router.newestResidency().getDeviceIdsList()).containsExactly("GPU-0");
        assertThat(node.router.hellos().getFirst().getProfile().getDevicesCount())
                .isEqualTo(2);
        var lost = node.router.reports().stream()
                .filter(report -> report.getDevicesCount() == 2)
                .findFirst()
                .orElseThrow()
                .getDevices(1);
        assertThat(lost.getHealthy()).isFalse();
        assertThat(lost.getHealthReason()).isEqualTo("fell off");
    }

    @Test
    void anIdleInstanceGoesWhenItsDeviceMemoryIsWanted() throws IOException {
        node.close();
        node = new Node(folder, new FakeDevices(), 4);
        long first = runOn("default_1", node.python(PID), "GPU-0", 600);
        long second = runOn("default_2", node.python(PID + "#2\n"), "GPU-0", 400);
        assertThat(List.of(lives(first), lives(second))).containsExactly(true, true);

        runOn("default_3", node.python(PID + "#3\n"), "GPU-0", 500);

        assertGoes(first);
        assertThat(lives(second)).isTrue();
    }

    @Test
    void nothingStartsWhereTheMemoryOfAnEndedProcessIsStillHeld() throws IOException {
        node.close();
        var devices = new FakeDevices();
        node = new Node(folder, devices, 4);
        long first = runOn("default_1", node.python(PID), "GPU-0", 600);
        devices.keepsMemory = true;

        node.call(
                "default_2",
                node.python(PID + "#2\n"),
                "{}",
                assignment -> assignment.addDevices(FakeRouter.device("GPU-0", 600)));
        assertGoes(first);
        long elsewhere = runOn("default_3", node.python(PID + "#3\n"), "GPU-1", 600);
        assertThat(elsewhere).isPositive();
        assertThat(node.resonate.promise("default_2").state()).isEqualTo(PromiseState.PENDING);

        devices.keepsMemory = false;
        assertThat(node.value("default_2", PromiseState.RESOLVED)).isNotEmpty();
        assertThat(devices.kept).isEmpty();
    }

    @Test
    void memoryThatIsNotGivenBackInTimeIsTold() throws IOException {
        node.close();
        var devices = new FakeDevices();
        node = new Node(folder, devices, 4);
        runOn("default_1", node.python(PID), "GPU-0", 600);
        devices.keepsMemory = true;

        node.call(
                "default_2",
                node.python(PID + "#2\n"),
                "{}",
                assignment -> assignment.addDevices(FakeRouter.device("GPU-0", 600)));

        await().atMost(Node.PATIENCE).until(() -> devices.kept.equals(List.of("GPU-0")));
        assertThat(node.value("default_2", PromiseState.RESOLVED)).isNotEmpty();
    }

    @Test
    void aFailureOnADeviceNamesTheErrorsOfTheDevice() throws IOException {
        node.close();
        var devices = new FakeDevices();
        devices.errors = List.of("GPU-0: Xid 31 (memory page fault)");
        node = new Node(folder, devices, 4);
        var spec = node.python("def handler(event, context):\n    raise ValueError('no luck')\n");

        node.call("default_1", spec, "{}", assignment -> assignment.addDevices(FakeRouter.device("GPU-0", 100)));
        node.call("default_2", spec, "{}");

        assertThat(node.value("default_1", PromiseState.REJECTED))
                .contains("no luck (the driver reported GPU-0: Xid 31 (memory page fault))");
        assertThat(node.value("default_2", PromiseState.REJECTED))
                .contains("no luck")
                .doesNotContain("Xid");
    }

    @Test
    void anInstanceThatFailsAfterAnErrorOfItsDeviceIsNotUsedAgain() throws IOException {
        node.close();
        var devices = new FakeDevices();
        node = new Node(folder, devices, 4);
        var spec = node.python("""
                import os
                def handler(event, context):
                    if event == "fail":
                        raise ValueError("no luck")
                    return os.getpid()
                """);
        String first = onDevice("default_1", spec, "1", PromiseState.RESOLVED);
        onDevice("default_2", spec, "\"fail\"", PromiseState.REJECTED);
        assertThat(onDevice("default_3", spec, "1", PromiseState.RESOLVED)).isEqualTo(first);

        devices.errors = List.of("GPU-0: Xid 31 (memory page fault)");
        onDevice("default_4", spec, "\"fail\"", PromiseState.REJECTED);
        devices.errors = List.of();

        assertThat(onDevice("default_5", spec, "1", PromiseState.RESOLVED)).isNotEqualTo(first);
    }

    private String onDevice(String id, FunctionSpec spec, String input, PromiseState end) {
        node.call(id, spec, input, assignment -> assignment.addDevices(FakeRouter.device("GPU-0", 100)));
        return node.value(id, end);
    }

    @Test
    void closingTheExecutorEndsWhatRuns() {
        var spec = node.python("""
                import os, time
                def handler(event, context):
                    print(os.getpid(), flush=True)
                    time.sleep(60)
                """);
        node.call("default_1", spec, "{}");
        node.awaitState("default_1", STATE_RUNNING);
        await().atMost(Node.PATIENCE).until(() -> !node.api.chunks("default_1").isEmpty());
        long pid = Long.parseLong(
                node.api.chunks("default_1").getFirst().getData().toStringUtf8().strip());

        node.close();

        assertGoes(pid);
        assertThat(node.resonate.promise("default_1").state()).isEqualTo(PromiseState.PENDING);
    }

    @Test
    void aFunctionOfTheCpuPoolSeesNoDevice() {
        assertThat(Devices.none().environment(List.of())).containsEntry("CUDA_VISIBLE_DEVICES", "");
    }
}
