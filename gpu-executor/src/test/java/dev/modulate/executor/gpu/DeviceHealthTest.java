package dev.modulate.executor.gpu;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DeviceHealthTest {
    private final DeviceHealth health = new DeviceHealth();

    @ParameterizedTest
    @ValueSource(ints = {13, 31, 43, 45, 68, 69, 94, 109, 63, 64, 74})
    void errorsOfProgramsLeaveTheDeviceInService(int code) {
        assertThat(health.event(new Xid(code), 0)).isFalse();
        assertThat(health.reason()).isEmpty();
        assertThat(health.startsTest(seconds(100_000))).isFalse();
    }

    @ParameterizedTest
    @ValueSource(ints = {79, 999})
    void otherErrorsTakeItOutUntilItHasPassedATest(int code) {
        assertThat(health.event(new Xid(code), 0)).isTrue();
        assertThat(health.reason()).startsWith("Xid " + code + " (");
        assertThat(health.startsTest(seconds(59))).isFalse();
        assertThat(health.startsTest(seconds(60))).isTrue();
        assertThat(health.startsTest(seconds(61))).as("one test at a time").isFalse();
        health.tested("", seconds(62));
        assertThat(health.reason()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(ints = {46, 48, 95, 119, 120})
    void errorsThatOnlyAResetMendsTakeItOutUntilOneIsSeen(int code) {
        assertThat(health.event(new Xid(code), 0)).isTrue();
        assertThat(health.reason()).startsWith("Xid " + code + " (").contains("reset the GPU");
        health.measured(errors(2), seconds(1));
        assertThat(health.startsTest(seconds(100_000))).isFalse();
        health.measured(errors(0), seconds(100_001));
        assertThat(health.reason()).isEqualTo("not tested since its reset");
        assertThat(health.startsTest(seconds(100_060))).isFalse();
        assertThat(health.startsTest(seconds(100_061))).isTrue();
        health.tested("", seconds(100_062));
        assertThat(health.reason()).isEmpty();
    }

    @Test
    void theDriverShowsAResetByNoLongerAskingForIt() {
        health.event(new Xid(119), 0);
        health.measured(new DeviceFacts(0, false, false, RecoveryAction.DRAIN_AND_RESET, 0), seconds(1));
        assertThat(health.reason()).isEqualTo("the driver asks to drain and reset the GPU");
        health.measured(DeviceFacts.FINE, seconds(1_000));
        assertThat(health.reason()).isEqualTo("not tested since its reset");
        assertThat(health.startsTest(seconds(1_060))).isTrue();
        health.tested("", seconds(1_061));
        assertThat(health.reason()).isEmpty();
    }

    @Test
    void aTestThatRanWhenSuchAnErrorCameBringsNothingBack() {
        health.event(new Xid(999), 0);
        assertThat(health.startsTest(seconds(60))).isTrue();
        health.event(new Xid(48), seconds(61));
        health.tested("", seconds(62));
        assertThat(health.reason()).startsWith("Xid 48 (");
        assertThat(health.startsTest(seconds(100_000))).isFalse();
    }

    @Test
    void testsThatFailAreRepeatedEverMoreRarely() {
        health.event(new Xid(79), 0);
        long now = 0;
        for (long pause : new long[] {60, 300, 1_800, 1_800}) {
            now += seconds(pause);
            assertThat(health.startsTest(now - 1)).isFalse();
            assertThat(health.startsTest(now)).isTrue();
            health.tested("cuInit: CUDA error 999", now);
            assertThat(health.reason()).isEqualTo("cuInit: CUDA error 999");
        }
    }

    @Test
    void memoryErrorsThatATestHasForgivenCountNoMore() {
        health.measured(errors(2), 0);
        assertThat(health.reason()).isEqualTo("uncorrected memory errors since the driver was loaded: 2");
        assertThat(health.startsTest(seconds(60))).isTrue();
        health.tested("", seconds(61));
        health.measured(errors(2), seconds(62));
        assertThat(health.reason()).isEmpty();
        health.measured(errors(3), seconds(63));
        assertThat(health.reason()).endsWith(": 3");
    }

    @Test
    void noTestHelpsWhileTheDriverWantsAReset() {
        health.measured(new DeviceFacts(0, false, false, RecoveryAction.RESET, 0), 0);
        assertThat(health.reason()).isEqualTo("the driver asks for a reset of the GPU");
        assertThat(health.startsTest(seconds(10_000))).isFalse();
        health.measured(DeviceFacts.FINE, seconds(10_001));
        assertThat(health.reason()).isEqualTo("not tested since its reset");
        assertThat(health.startsTest(seconds(10_061))).isTrue();
        health.tested("", seconds(10_062));
        assertThat(health.reason()).isEmpty();
    }

    @Test
    void boardWithoutSpareRowsStaysOut() {
        health.measured(new DeviceFacts(0, true, true, RecoveryAction.NONE, 0), 0);
        assertThat(health.reason()).isEqualTo("the board has no spare memory rows left and has to be replaced");
        assertThat(health.startsTest(seconds(10_000))).isFalse();
    }

    @Test
    void heatAndPendingRowsLeaveItInService() {
        health.measured(new DeviceFacts(0, true, false, RecoveryAction.DRAIN_PEERS, 0x20), 0);
        assertThat(health.reason()).isEmpty();
        assertThat(health.facts().throttledByHeat()).isTrue();
    }

    @Test
    void actionsThatANewerDriverInventsMeanAReset() {
        assertThat(RecoveryAction.of(4)).isEqualTo(RecoveryAction.DRAIN_AND_RESET);
        assertThat(RecoveryAction.of(17)).isEqualTo(RecoveryAction.RESET);
    }

    private static DeviceFacts errors(long count) {
        return new DeviceFacts(count, false, false, RecoveryAction.NONE, 0);
    }

    private static long seconds(long seconds) {
        return Duration.ofSeconds(seconds).toNanos();
    }
}
