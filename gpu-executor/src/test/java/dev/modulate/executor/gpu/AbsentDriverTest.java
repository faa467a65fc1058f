package dev.modulate.executor.gpu;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class AbsentDriverTest {
    @Test
    void absentLibraryGivesNoDevicesAndOneLine() {
        try (var log = LogLines.open();
                var devices = NvmlDevices.open(NvmlStub.settings("libnvidia-ml-absent.so.1"), () -> 0)) {
            devices.start();
            assertThat(devices.list()).isEmpty();
            assertThat(devices.loads()).isEmpty();
            assertThat(log.lines())
                    .singleElement()
                    .asString()
                    .startsWith(
                            "WARN no GPUs: the NVIDIA driver cannot be asked [library=\"libnvidia-ml-absent.so.1\"");
        }
    }

    @Test
    void pathThatIsNoLibraryGivesNoDevices() {
        try (var devices = NvmlDevices.open(NvmlStub.settings("/nowhere/libnvidia-ml.so.1"), () -> 0)) {
            assertThat(devices.list()).isEmpty();
        }
    }
}
