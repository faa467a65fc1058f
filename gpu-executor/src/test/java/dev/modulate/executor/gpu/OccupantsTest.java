package dev.modulate.executor.gpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.modulate.executor.gpu.NvmlFacts.DeviceProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Whose the memory of a device is, with real processes. */
class OccupantsTest {
    private static final long GIB = 1L << 30;

    private final Occupants occupants = new Occupants();
    private Process function;

    @BeforeEach
    void start() throws IOException {
        assumeTrue(
                Files.isReadable(Path.of("/proc/2/comm")),
                "skipped: the pids of this container are not those of its machine, so a driver could not name ours");
        // A shell leads the group, as a function does, and what it starts computes.
        function = new ProcessBuilder("setsid", "sh", "-c", "sleep 600 & echo $!; wait")
                .redirectErrorStream(true)
                .start();
    }

    @AfterEach
    void stop() throws InterruptedException {
        if (function != null) {
            function.descendants().forEach(ProcessHandle::destroyForcibly);
            function.destroyForcibly().waitFor();
        }
    }

    @Test
    void memoryOfAFunctionAndOfWhatItStartsIsNotForeign() throws IOException {
        long started = started();
        var seen = occupants.seen(
                List.of(new DeviceProcess(function.pid(), GIB), new DeviceProcess(started, 2 * GIB)), 3 * GIB);

        assertThat(seen.foreignBytes()).isZero();
        assertThat(seen.groups()).containsExactly(function.pid());
    }

    @Test
    void memoryOfOthersAndOfNobodyIsForeign() throws IOException {
        started();
        var seen = occupants.seen(
                List.of(new DeviceProcess(function.pid(), GIB), new DeviceProcess(1, 4 * GIB)), 10 * GIB);

        assertThat(seen.foreignBytes()).isEqualTo(9 * GIB);
        assertThat(seen.unattributedBytes()).isEqualTo(5 * GIB);
    }

    @Test
    void aFunctionThatHasEndedIsStillItsOwner() throws Exception {
        started();
        var processes = List.of(new DeviceProcess(function.pid(), GIB));
        occupants.seen(processes, GIB);
        stop();

        assertThat(occupants.seen(processes, GIB).foreignBytes()).isZero();
    }

    @Test
    void nothingIsForeignWhenTheDriverDoesNotSayHowMuchAProcessHolds() throws IOException {
        started();
        var seen = occupants.seen(List.of(new DeviceProcess(function.pid(), -1)), 10 * GIB);

        assertThat(seen.foreignBytes()).isZero();
        assertThat(seen.unattributedBytes()).isEqualTo(-1);
    }

    /** It has said so, so it leads its group by now. */
    private long started() throws IOException {
        return Long.parseLong(function.inputReader().readLine());
    }
}
