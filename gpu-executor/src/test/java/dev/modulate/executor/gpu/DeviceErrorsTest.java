package dev.modulate.executor.gpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.modulate.executor.device.AcceleratorLoad;
import dev.modulate.executor.device.DriverHealth;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Errors that the driver reports, and memory that does not come back, against the stub of NVML. */
class DeviceErrorsTest {
    private static final String FIRST = "GPU-00000000-0000-0000-0000-000000000000";
    private static final String SECOND = "GPU-00000000-0000-0000-0000-000000000001";
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @TempDir
    private Path folder;

    private final AtomicLong nanos = new AtomicLong(1);
    private final FakeTest test = new FakeTest();
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final LogLines log = LogLines.open();
    private NvmlStub stub;
    private NvmlDevices devices;

    @BeforeEach
    void open() {
        stub = NvmlStub.current(folder);
        devices = (NvmlDevices) NvmlDevices.open(stub.settings(), test, new HealthMeters(meters), nanos::get);
    }

    @AfterEach
    void close() {
        devices.close();
        log.close();
    }

    @Test
    void fatalErrorTakesOneGpuOutAndAPassedTestBringsItBack() {
        stub.say("xid79@1");
        devices.poll();
        assertThat(devices.loads())
                .extracting(AcceleratorLoad::healthReason)
                .containsExactly("", "Xid 79 (the GPU has fallen off the bus)");
        test.problem = "cuInit: CUDA error 999";
        later(Duration.ofSeconds(60));
        await().atMost(PATIENCE).untilAsserted(() -> {
            devices.poll();
            assertThat(devices.loads().get(1).healthReason()).isEqualTo("cuInit: CUDA error 999");
        });
        test.problem = "";
        later(Duration.ofMinutes(5));
        await().atMost(PATIENCE).untilAsserted(() -> {
            devices.poll();
            assertThat(devices.loads()).allMatch(AcceleratorLoad::healthy);
        });
        assertThat(test.tested).containsExactly(SECOND, SECOND);
        assertThat(counted(SECOND, "lost")).isEqualTo(1);
    }

    @Test
    void errorOfAProgramIsToldToThoseWhoRanThereAndNobodyElse() {
        nanos.set(1_000);
        stub.say("xid31@0");
        assertThat(devices.incidents(List.of(FIRST), 900).join())
                .containsExactly(FIRST + ": Xid 31 (memory page fault)");
        assertThat(devices.incidents(List.of(SECOND), 900).join()).isEmpty();
        assertThat(devices.incidents(List.of(FIRST), 1_001).join())
                .as("before they began")
                .isEmpty();
        assertThat(devices.loads()).allMatch(AcceleratorLoad::healthy);
        assertThat(counted(FIRST, "end_call")).isEqualTo(1);
        assertThat(log.lines())
                .containsExactly("WARN the driver reports an error [device=\"" + FIRST
                        + "\", event=\"Xid 31 (memory page fault)\", out_of_service=\"false\"]");
    }

    @Test
    void factsOfTheDriverAreGauges() {
        stub.say("hot0", "remap-pending1", "remap-failed1");
        devices.poll();
        assertThat(meters.get("modulate.device.throttled")
                        .tags("device", FIRST, "reason", "heat")
                        .gauge()
                        .value())
                .isEqualTo(1);
        assertThat(meters.get("modulate.device.remap.pending")
                        .tag("device", SECOND)
                        .gauge()
                        .value())
                .isEqualTo(1);
        assertThat(devices.loads())
                .extracting(AcceleratorLoad::healthReason)
                .containsExactly("", "the board has no spare memory rows left and has to be replaced");
    }

    @Test
    void whatTheDriverSaysIsToldAndIsNewsAtOnce() {
        var told = new AtomicInteger();
        devices.onChange(told::incrementAndGet);
        nanos.set(5_000);
        devices.poll();
        assertThat(told).as("nothing is new").hasValue(0);
        stub.say("hot0", "remap-pending1", "xid31@1");
        devices.poll();
        assertThat(told).hasValue(1);
        assertThat(devices.health())
                .containsExactly(
                        new DriverHealth(0, 0, 0, false, false, "none", List.of("sw_thermal_slowdown")),
                        new DriverHealth(31, 5_000, 0, true, false, "none", List.of()));
        nanos.set(6_000);
        devices.poll();
        assertThat(told).as("nothing is new").hasValue(1);
        stub.say("reset-wanted0");
        devices.poll();
        assertThat(devices.health().getFirst().recoveryAction()).isEqualTo("reset");
        assertThat(devices.health().get(1).lastXid()).isEqualTo(31);
    }

    @Test
    void wantedResetOutlivesTheSessionThatSawIt() {
        stub.say("reset-wanted0");
        devices.poll();
        assertThat(devices.loads().getFirst().healthReason()).isEqualTo("the driver asks for a reset of the GPU");
        stub.say();
        devices.poll();
        assertThat(devices.loads().getFirst().healthReason()).isEqualTo("not tested since its reset");
    }

    /** What the kernel says of a process: after the name in brackets its state, its parent and its group. */
    private static boolean leadsItsGroup(long pid) throws IOException {
        return Files.readString(Path.of("/proc/" + pid + "/stat")).matches("(?s).*\\) \\S \\d+ " + pid + " .*");
    }

    @Test
    void deviceIsVacatedOnceAFreshLookShowsNobody() throws IOException {
        var sleeper = new ProcessBuilder("setsid", "sleep", "60").start();
        try {
            await().atMost(PATIENCE).until(() -> leadsItsGroup(sleeper.pid()));
            stub.say("process" + sleeper.pid());
            devices.poll();
            later(Duration.ofMillis(1));
            var vacated = devices.vacated(sleeper.pid(), List.of(FIRST));
            assertThat(vacated.getAsBoolean()).as("nobody has looked since").isFalse();
            later(Duration.ofMillis(1));
            devices.poll();
            assertThat(vacated.getAsBoolean()).as("its process is listed").isFalse();
            stub.say("leaked");
            devices.poll();
            assertThat(vacated.getAsBoolean()).as("its memory is still used").isFalse();
            stub.say();
            devices.poll();
            assertThat(vacated.getAsBoolean()).isTrue();
        } finally {
            sleeper.destroyForcibly();
        }
    }

    @Test
    void deviceThatKeepsMemoryIsOutOfServiceUntilTested() {
        devices.keepsMemory(4711, List.of(SECOND));
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(devices.loads().get(1).healthReason())
                        .isEqualTo("memory of process group 4711, which has ended, is still in use"));
        later(Duration.ofSeconds(61));
        await().atMost(PATIENCE).untilAsserted(() -> {
            devices.poll();
            assertThat(devices.loads()).allMatch(AcceleratorLoad::healthy);
        });
    }

    @Test
    void fewerGpusThanExpectedAreAnAlarm() {
        devices.close();
        devices = (NvmlDevices)
                NvmlDevices.open(stub.expecting(4), test, new HealthMeters(new SimpleMeterRegistry()), nanos::get);
        assertThat(devices.alarm()).isEqualTo("2 of the GPUs that gpu-executor.expected-gpus names are missing");
        assertThat(devices.list()).hasSize(2);
    }

    private void later(Duration time) {
        nanos.addAndGet(time.toNanos());
    }

    private double counted(String device, String remedy) {
        return meters.get("modulate.device.xids")
                .tags("device", device, "remedy", remedy)
                .counter()
                .count();
    }
}
