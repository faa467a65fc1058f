package dev.modulate.cli.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Timestamp;
import dev.modulate.executor.v1.DeviceHealth;
import dev.modulate.executor.v1.DeviceLoad;
import java.util.List;
import org.junit.jupiter.api.Test;

class NodesCommandTest {
    private static final DeviceLoad WELL =
            DeviceLoad.newBuilder().setDeviceId("GPU-0").setHealthy(true).build();

    @Test
    void aDeviceThatIsWellIsNotNamed() {
        assertThat(NodesCommand.health(List.of(WELL))).isEqualTo("ok");
    }

    @Test
    void whatADriverSaysIsPutIntoWords() {
        var ill = DeviceLoad.newBuilder()
                .setDeviceId("GPU-1")
                .setHealthReason("Xid 79 (the GPU has fallen off the bus)")
                .setHealth(DeviceHealth.newBuilder()
                        .setLastXid(79)
                        .setLastXidTime(Timestamp.newBuilder().setSeconds(1_800_000_000))
                        .setEccUncorrectedCount(2)
                        .setRowRemapPending(true)
                        .setRowRemapFailed(true)
                        .setRecoveryAction("reboot")
                        .addThrottleReasons("hw_slowdown"))
                .build();
        assertThat(NodesCommand.health(List.of(WELL, ill)))
                .isEqualTo(
                        "GPU-1: out of service: Xid 79 (the GPU has fallen off the bus), Xid 79 at 2027-01-15T08:00:00Z,"
                                + " 2 uncorrected memory errors, rows wait to be remapped, rows cannot be remapped, needs reboot,"
                                + " slowed by hw_slowdown");
    }
}
