package dev.modulate.executor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.modulate.executor.device.DriverHealth;
import dev.modulate.executor.v1.DeviceHealth;
import dev.modulate.executor.v1.LoadReport;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a node says of its devices, and how often. */
class ReportTest {
    @TempDir
    private Path folder;

    private final FakeDevices devices = new FakeDevices();
    private Node node;

    @BeforeEach
    void start() throws IOException {
        node = new Node(folder, devices, 2);
        await().atMost(Node.PATIENCE).until(() -> !node.router.reports().isEmpty());
    }

    @AfterEach
    void stop() {
        node.close();
    }

    private static DriverHealth health(int xid) {
        return new DriverHealth(
                xid, System.nanoTime(), 3, true, false, "drain_and_reset", List.of("hw_thermal_slowdown"));
    }

    private List<DeviceHealth> told() {
        return node.router.reports().stream()
                .flatMap(report -> report.getDevicesList().stream())
                .filter(device -> device.getDeviceNumber() == 1 && device.hasHealth())
                .map(dev.modulate.executor.v1.DeviceLoad::getHealth)
                .toList();
    }

    @Test
    void anErrorOfADeviceIsReportedAtOnceWithItsTime() {
        assertThat(told()).isEmpty();
        var before = Instant.now();

        devices.say(health(79));

        await().atMost(Node.PATIENCE).until(() -> told().size() == 1);
        var said = told().getFirst();
        assertThat(said.getLastXid()).isEqualTo(79);
        assertThat(Instant.ofEpochSecond(
                        said.getLastXidTime().getSeconds(),
                        said.getLastXidTime().getNanos()))
                .isBetween(before.minusSeconds(1), Instant.now().plusSeconds(1));
        assertThat(said.getEccUncorrectedCount()).isEqualTo(3);
        assertThat(said.getRowRemapPending()).isTrue();
        assertThat(said.getRowRemapFailed()).isFalse();
        assertThat(said.getRecoveryAction()).isEqualTo("drain_and_reset");
        assertThat(said.getThrottleReasonsList()).containsExactly("hw_thermal_slowdown");
    }

    @Test
    void aRouterThatDoesNotReadGetsTheNewestStateOnceAndNoBacklog() {
        int before = node.router.pause();
        for (int xid = 1; xid <= 10; xid++) {
            devices.say(health(xid));
            await("nothing is sent to who does not read")
                    .during(Duration.ofMillis(120))
                    .atMost(Node.PATIENCE)
                    .until(() -> node.router.reports().size() <= before + 1);
        }

        node.router.resume();

        await().atMost(Node.PATIENCE)
                .untilAsserted(() -> assertThat(told().getLast().getLastXid()).isEqualTo(10));
        var caughtUpBy = node
                .router
                .reports()
                .subList(before, node.router.reports().size())
                .stream()
                .filter(report -> report.getDevicesCount() > 0)
                .toList();
        assertThat(caughtUpBy).as("reports for 10 changes").hasSizeLessThanOrEqualTo(2);
        assertThat(node.router.reports())
                .extracting(LoadReport::getSequence)
                .as("none is missing")
                .isSorted()
                .doesNotHaveDuplicates()
                .last()
                .isEqualTo((long) node.router.reports().size());
    }
}
