package dev.modulate.executor;

import static dev.modulate.executor.v1.InstanceLoadUpdate.State.STATE_FAILED;
import static dev.modulate.executor.v1.InstanceLoadUpdate.State.STATE_LOADING;
import static dev.modulate.executor.v1.InstanceLoadUpdate.State.STATE_REFUSED;
import static dev.modulate.executor.v1.InstanceLoadUpdate.State.STATE_RESIDENT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.modulate.executor.v1.InstanceLoad;
import dev.modulate.executor.v1.InstanceLoadUpdate;
import dev.modulate.executor.v1.Residency;
import dev.modulate.registry.v1.FunctionSpec;
import dev.modulate.registry.v1.Scaling;
import dev.modulate.resonate.protocol.PromiseState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Instances that start without a call, and those that stay. Two devices of 1000 bytes, two slots. */
class LoadTest {
    private static final String PID = "import os\ndef handler(event, context):\n    return os.getpid()\n";
    private static final String BROKEN = "raise RuntimeError('no weights')\n";

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

    private void load(String loadId, FunctionSpec spec, long bytes) {
        node.router.load(InstanceLoad.newBuilder()
                .setLoadId(loadId)
                .setRecord(Node.record("", spec))
                .addDevices(FakeRouter.device("GPU-0", bytes))
                .build());
    }

    private InstanceLoadUpdate awaitEnd(String loadId) {
        await().atMost(Node.PATIENCE)
                .until(() -> node.router.loads(loadId).stream().anyMatch(update -> update.getState() != STATE_LOADING));
        return node.router.loads(loadId).getLast();
    }

    /** Comes up once it may. */
    private FunctionSpec held() {
        return node.python("import os, time\nwhile not os.path.exists(\"" + folder.resolve("go")
                + "\"):\n    time.sleep(0.01)\n" + PID);
    }

    private long runOn(String id, FunctionSpec spec, long bytes) {
        node.call(id, spec, "{}", assignment -> assignment.addDevices(FakeRouter.device("GPU-0", bytes)));
        long pid = Long.parseLong(node.value(id, PromiseState.RESOLVED));
        node.awaitFinished(id);
        return pid;
    }

    private static boolean lives(long pid) {
        return Files.exists(Path.of("/proc/" + pid));
    }

    private Residency residency(FunctionSpec spec) {
        String key = Node.functionKey(spec);
        return node.router.reports().stream()
                .flatMap(report -> report.getResidenciesList().stream())
                .filter(each -> each.getFunctionKey().equals(key))
                .reduce((first, second) -> second)
                .orElse(Residency.getDefaultInstance());
    }

    @Test
    void aLoadedInstanceIsReportedAndTakesTheNextCallWarm() {
        var spec = node.python(PID);
        load("load-1", spec, 400);

        var end = awaitEnd("load-1");
        assertThat(end.getState()).isEqualTo(STATE_RESIDENT);
        assertThat(end.getLoadDuration().getNanos() + end.getLoadDuration().getSeconds())
                .isPositive();
        assertThat(node.router.loads("load-1").getFirst().getState()).isEqualTo(STATE_LOADING);
        await().atMost(Node.PATIENCE)
                .until(() -> residency(spec).getIdleInstanceCount() == 1
                        && residency(spec).getDeviceMemoryBytes() == 400);

        long first = runOn("default_1", spec, 400);
        assertThat(runOn("default_2", spec, 400)).isEqualTo(first);
        assertThat(residency(spec).getInstanceCount()).isEqualTo(1);
        assertThat(node.meters
                        .counter("modulate.executor.loads", "pool", "cpu", "outcome", "resident")
                        .count())
                .isEqualTo(1);
    }

    @Test
    void aCallThatComesMeanwhileWaitsForTheInstanceThatStarts() {
        var slow = node.python("import time\ntime.sleep(0.5)\n" + PID);
        load("load-1", slow, 400);

        runOn("default_1", slow, 400);

        assertThat(awaitEnd("load-1").getState()).isEqualTo(STATE_RESIDENT);
        await().atMost(Node.PATIENCE).until(() -> residency(slow).getInstanceCount() > 0);
        assertThat(residency(slow).getInstanceCount()).isEqualTo(1);
    }

    @Test
    void aFunctionThatDoesNotComeUpFailsItsLoad() {
        load("load-1", node.python(BROKEN), 400);

        var end = awaitEnd("load-1");

        assertThat(end.getState()).isEqualTo(STATE_FAILED);
        assertThat(end.getFailure().getReason()).isEqualTo("START_FAILED");
        assertThat(end.getFailure().getMessage()).contains("no weights");
    }

    @Test
    void memoryIsNotGivenTwice() {
        load("load-1", held(), 700);
        load("load-2", node.python(PID + "#2\n"), 400);

        assertThat(awaitEnd("load-2").getRefuseReason()).isEqualTo("NO_DEVICE_MEMORY");
        node.call(
                "default_1",
                node.python(PID),
                "{}",
                assignment -> assignment.addDevices(FakeRouter.device("GPU-0", 400)));
        await().atMost(Node.PATIENCE)
                .until(() -> !node.router.updates("default_1").isEmpty());
        assertThat(node.router.updates("default_1").getFirst().getRejectReason())
                .isEqualTo("NO_DEVICE_MEMORY");
    }

    @Test
    void computeIsNotGivenTwice() {
        node.router.load(InstanceLoad.newBuilder()
                .setLoadId("load-1")
                .setRecord(Node.record("", held()))
                .addDevices(FakeRouter.device("GPU-0", 100).toBuilder().setShareMilli(600))
                .build());
        node.call(
                "default_1",
                node.python(PID),
                "{}",
                assignment -> assignment.addDevices(
                        FakeRouter.device("GPU-0", 100).toBuilder().setShareMilli(500)));
        await().atMost(Node.PATIENCE)
                .until(() -> !node.router.updates("default_1").isEmpty());
        assertThat(node.router.updates("default_1").getFirst().getRejectReason())
                .isEqualTo("NO_DEVICE_COMPUTE");
    }

    @Test
    void aDrainingNodeLoadsNothing() {
        node.router.drain(true);
        load("load-1", node.python(PID), 400);

        assertThat(awaitEnd("load-1").getState()).isEqualTo(STATE_REFUSED);
        assertThat(awaitEnd("load-1").getRefuseReason()).isEqualTo("DRAINING");
    }

    @Test
    void aLoadUnderWayIsRestatedOnTheNextStream() throws IOException {
        load("load-1", held(), 400);
        await().atMost(Node.PATIENCE).until(() -> !node.router.loads("load-1").isEmpty());
        node.router.cut();
        await().atMost(Node.PATIENCE).until(() -> node.router.hellos().size() >= 2);

        assertThat(node.router.hellos().getLast().getLoadsList())
                .singleElement()
                .satisfies(held -> {
                    assertThat(held.getLoadId()).isEqualTo("load-1");
                    assertThat(held.getDevices(0).getMemoryBytes()).isEqualTo(400);
                });
        Files.createFile(folder.resolve("go"));
        assertThat(awaitEnd("load-1").getState()).isEqualTo(STATE_RESIDENT);
    }

    @Test
    void whatIsKeptMakesNoRoomForALoadAndOutlastsItsIdleTime() {
        var kept = node.python(PID).toBuilder()
                .setScaling(Scaling.newBuilder().setIdleTimeout(FakeRouter.proto(Duration.ofMillis(300))))
                .build();
        node.router.keep(Node.functionKey(kept), 1);
        load("load-1", kept, 700);
        awaitEnd("load-1");
        long pid = runOn("default_1", kept, 700);

        load("load-2", node.python(PID + "#2\n"), 700);
        assertThat(awaitEnd("load-2").getRefuseReason()).isEqualTo("NO_ROOM");
        await().during(Duration.ofSeconds(1)).atMost(Node.PATIENCE).until(() -> lives(pid));

        node.router.keep("nothing", 1);
        await().atMost(Node.PATIENCE).until(() -> !lives(pid));
    }

    @Test
    void aLoadedInstanceMakesRoomForACall() {
        var loaded = node.python(PID);
        load("load-1", loaded, 700);
        awaitEnd("load-1");

        runOn("default_1", node.python(PID + "#2\n"), 700);

        await().atMost(Node.PATIENCE).until(() -> residency(loaded).getInstanceCount() == 0);
    }
}
