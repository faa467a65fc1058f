package dev.modulate.executor.gpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import dev.modulate.executor.device.Accelerator;
import dev.modulate.executor.device.AcceleratorLoad;
import dev.modulate.executor.device.Devices;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NvmlDevicesTest {
    private static final String FIRST = "GPU-00000000-0000-0000-0000-000000000000";
    private static final String SECOND = "GPU-00000000-0000-0000-0000-000000000001";
    /** The stub lists no process that would account for what is in use; who cannot see its pids cannot tell. */
    private static final long FOREIGN =
            new Occupants().seen(List.of(), 4L << 30).foreignBytes();

    private static final long GIB = 1L << 30;
    private static final long RESERVED = 600L << 20;

    @TempDir
    private Path folder;

    private final AtomicLong nanos = new AtomicLong();
    private final AtomicInteger changes = new AtomicInteger();
    private final LogLines log = LogLines.open();
    private NvmlStub stub;
    private Devices devices = Devices.none();

    @BeforeEach
    void build() {
        stub = NvmlStub.current(folder);
    }

    @AfterEach
    void close() {
        devices.close();
        log.close();
    }

    @Test
    void listsTheGpusOfTheDriver() {
        open();
        assertThat(devices.list()).containsExactly(h100(FIRST), h100(SECOND));
    }

    @Test
    void isMeasuredBeforeItIsStarted() {
        open();
        assertThat(devices.loads())
                .containsExactly(
                        new AcceleratorLoad(FIRST, 4 * GIB, FOREIGN, 37, "", 41, 71_500),
                        new AcceleratorLoad(SECOND, 4 * GIB, FOREIGN, 37, "", 42, 71_500));
    }

    @Test
    void deviceThatFallsOffTheBusIsUnhealthyUntilItReturns() {
        var polled = open();
        stub.say("lost1");
        polled.poll();
        assertThat(devices.loads())
                .containsExactly(
                        new AcceleratorLoad(FIRST, 4 * GIB, FOREIGN, 37, "", 41, 71_500),
                        new AcceleratorLoad(
                                SECOND, 4 * GIB, FOREIGN, 0, "GPU is lost (nvmlDeviceGetMemoryInfo_v2: 15)", 0, 0));
        assertThat(changes).hasValue(1);

        polled.poll();
        assertThat(changes).hasValue(1);

        stub.say();
        polled.poll();
        assertThat(devices.loads().get(1).healthy()).isTrue();
        assertThat(changes).hasValue(2);
        assertThat(log.lines())
                .containsExactly(
                        "WARN GPU is unhealthy [device=\"" + SECOND
                                + "\", reason=\"GPU is lost (nvmlDeviceGetMemoryInfo_v2: 15)\"]",
                        "INFO GPU is healthy again [device=\"" + SECOND + "\"]");
    }

    @Test
    void unknownErrorsMakeADeviceUnhealthyToo() {
        var polled = open();
        stub.say("unknown0");
        polled.poll();
        assertThat(devices.loads().getFirst().healthReason())
                .startsWith("Unknown Error (")
                .endsWith(": 999)");
        stub.say();
        polled.poll();
        assertThat(devices.loads().getFirst().healthy()).isTrue();
    }

    @Test
    void deviceThatOnlyANewSessionSeesComesBackByItself() {
        var polled = open();
        stub.say("fallen1");
        polled.poll();
        stub.say();
        for (int look = 1; look < NvmlDevices.LOOKS_BEFORE_REOPEN; look++) {
            polled.poll();
            assertThat(devices.loads().get(1).healthReason()).startsWith("GPU is lost");
        }
        polled.poll();
        assertThat(devices.loads()).allMatch(AcceleratorLoad::healthy);
    }

    @Test
    void driverThatGoesAwayAndReturnsIsFoundAgain() {
        var polled = open();
        stub.say("lost0", "lost1", "no-driver");
        for (int look = 0; look <= NvmlDevices.LOOKS_BEFORE_REOPEN; look++) {
            polled.poll();
        }
        assertThat(devices.loads()).allMatch(load -> load.healthReason().startsWith("Uninitialized"));
        stub.say();
        for (int look = 0; look <= NvmlDevices.LOOKS_BEFORE_REOPEN; look++) {
            polled.poll();
        }
        assertThat(devices.loads()).allMatch(AcceleratorLoad::healthy);
    }

    @Test
    void deviceWithUncorrectedMemoryErrorsIsUnhealthy() {
        stub.say("ecc0", "no-ecc1");
        open();
        assertThat(devices.loads())
                .extracting(AcceleratorLoad::healthReason)
                .containsExactly("uncorrected memory errors since the driver was loaded: 3", "");
        devices.start();
        assertThat(log.lines())
                .contains("WARN GPU is unhealthy [device=\"" + FIRST
                        + "\", reason=\"uncorrected memory errors since the driver was loaded: 3\"]");
    }

    @Test
    void libraryWithoutTheNewerCallsIsAskedTheOldWay() {
        stub = NvmlStub.old(folder);
        open();
        assertThat(devices.list())
                .extracting(Accelerator::memoryBytes, Accelerator::memoryReservedBytes)
                .containsOnly(tuple(80 * GIB, 0L));
        assertThat(devices.loads()).extracting(AcceleratorLoad::memoryUsedBytes).containsOnly(4 * GIB + RESERVED);
    }

    @Test
    void devicesThatNvlinkConnectsAreOneGroup() {
        stub.say("linked");
        open();
        assertThat(devices.list()).extracting(Accelerator::linkGroup).containsOnly("nvlink-0");
    }

    @Test
    void partitionsAreOfferedInsteadOfTheirGpu() {
        stub.say("partitioned0");
        open();
        assertThat(devices.list())
                .extracting(Accelerator::deviceId)
                .containsExactly(
                        "MIG-00000000-0000-0000-0000-000000000000", "MIG-00000000-0000-0000-0000-000000000002", SECOND);
        assertThat(devices.list().getFirst().model()).isEqualTo("nvidia-h100-80gb-hbm3-mig-1g.10gb");
        assertThat(devices.list())
                .extracting(Accelerator::slice)
                .containsExactly(
                        new Accelerator.Slice(FIRST, "1g.10gb"),
                        new Accelerator.Slice(FIRST, "1g.10gb"),
                        Accelerator.Slice.NONE);
        assertThat(devices.loads().getFirst())
                .isEqualTo(new AcceleratorLoad(
                        "MIG-00000000-0000-0000-0000-000000000000", 4 * GIB, FOREIGN, 0, "", 41, 71_500));
    }

    @Test
    void gpuThatIsLostAtStartIsLeftOut() {
        stub.say("lost0");
        open();
        assertThat(devices.list()).extracting(Accelerator::deviceId).containsExactly(SECOND);
        assertThat(log.lines())
                .containsExactly("WARN a GPU cannot be used until the executor starts again"
                        + " [index=\"0\", reason=\"GPU is lost (nvmlDeviceGetHandleByIndex_v2: 15)\"]");
    }

    @Test
    void driverThatHangsMakesItsDevicesUnhealthy() {
        open();
        nanos.addAndGet(Duration.ofSeconds(11).toNanos());
        assertThat(devices.loads())
                .extracting(AcceleratorLoad::healthReason)
                .containsOnly("the driver has not answered for 11 s");
    }

    @Test
    void looksByItselfOnceStarted() {
        open();
        devices.start();
        stub.say("busy");
        // The library changes its mind while it is asked about one device after the other.
        await().atMost(Duration.ofSeconds(20))
                .untilAsserted(() -> assertThat(devices.loads())
                        .extracting(AcceleratorLoad::memoryUsedBytes)
                        .containsOnly(40 * GIB));
        assertThat(changes.get()).isBetween(1, 2);
        assertThat(log.lines()).hasSize(2).allMatch(line -> line.startsWith("INFO GPU found [device=\"GPU-0"));
    }

    @Test
    void driverThatIsNotLoadedGivesNoDevicesAndOneLine() {
        stub.say("no-driver");
        devices = NvmlDevices.open(
                stub.settings(), FakeTest.NEVER, new HealthMeters(new SimpleMeterRegistry()), nanos::get);
        assertThat(devices.list()).isEmpty();
        assertThat(log.lines())
                .singleElement()
                .asString()
                .startsWith("WARN no GPUs: the NVIDIA driver cannot be asked [library=")
                .endsWith("reason=\"Driver Not Loaded (nvmlInit_v2: 9)\"]");
    }

    private static Accelerator h100(String uuid) {
        return new Accelerator(
                uuid, "nvidia-h100-80gb-hbm3", 80 * GIB, RESERVED, "570.99", "", Accelerator.Slice.NONE, "9.0", false);
    }

    private NvmlDevices open() {
        var opened = NvmlDevices.open(
                stub.settings(), FakeTest.NEVER, new HealthMeters(new SimpleMeterRegistry()), nanos::get);
        devices = opened;
        devices.onChange(changes::incrementAndGet);
        assertThat(opened).isInstanceOf(NvmlDevices.class);
        return (NvmlDevices) opened;
    }
}
