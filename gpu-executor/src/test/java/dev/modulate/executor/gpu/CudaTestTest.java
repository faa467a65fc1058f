package dev.modulate.executor.gpu;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The test of a device, against a stub of CUDA, in processes of its own. */
class CudaTestTest {
    @TempDir
    private Path folder;

    private NvmlStub stub;

    @BeforeEach
    void build() {
        stub = NvmlStub.cuda(folder);
    }

    @Test
    void deviceThatComputesPasses() {
        assertThat(outcome(Duration.ofSeconds(60))).isEmpty();
    }

    @Test
    void deviceThatIsGoneFails() {
        stub.say("no-device");
        assertThat(outcome(Duration.ofSeconds(60)))
                .isEqualTo("a test of the device failed: cuDeviceGet: CUDA error 100");
    }

    @Test
    void kernelThatFailsFails() {
        stub.say("fault");
        assertThat(outcome(Duration.ofSeconds(60)))
                .isEqualTo("a test of the device failed: cuLaunchKernel: CUDA error 719");
    }

    @Test
    void wrongNumbersFail() {
        stub.say("garbles");
        assertThat(outcome(Duration.ofSeconds(60)))
                .isEqualTo("a test of the device failed: number 5 came back as 0 (expected: 6)");
    }

    @Test
    void deviceThatHangsFailsInTime() {
        stub.say("hangs");
        assertThat(outcome(Duration.ofSeconds(3))).isEqualTo("a test of the device did not end within 3 s");
    }

    @Test
    void libraryThatIsAbsentFails() {
        assertThat(new CudaTest("/nowhere/libcuda.so", Duration.ofSeconds(60))
                        .run("GPU-0")
                        .join())
                .startsWith("a test of the device failed: ");
    }

    private String outcome(Duration patience) {
        return new CudaTest(stub.library(), patience).run("GPU-0").join();
    }
}
