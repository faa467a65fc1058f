package dev.modulate.bench.gpu;

import dev.modulate.executor.gpu.CudaProbeMain;
import dev.modulate.executor.gpu.GpuExecutor;
import dev.modulate.executor.gpu.GpuSettings;
import dev.modulate.observability.settings.SettingsReader;
import dev.modulate.observability.settings.SettingsSource;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * What only a real GPU can show: that the driver is read right, that memory of processes that end is waited for, that
 * functions share a device, take turns on it and fail alone. Changes no setting of a GPU. {@code bench/run gpu [processes]}.
 */
public final class GpuBench {
    private static final int PROCESSES = 50;
    private static final int NOT_HERE = 2;
    private static final double PROBE_SECONDS_MAX = 60;

    private GpuBench() {}

    public static void main(String[] arguments) throws Exception {
        int processes = arguments.length > 0 ? Integer.parseInt(arguments[0]) : PROCESSES;
        var folder = Files.createTempDirectory(Path.of(System.getProperty("bench.folder", "/tmp")), "modulate-bench-");
        CudaProcess.install(folder);
        var findings = new Findings();
        var settings = GpuSettings.read(new SettingsReader(SettingsSource.of(Map.of())));
        try (var devices = GpuExecutor.devices(settings, new SimpleMeterRegistry(), System::nanoTime)) {
            if (devices.list().isEmpty()) {
                System.out.println("skipped: this machine has no GPU with NVIDIA's driver");
                System.exit(NOT_HERE);
            }
            devices.start();
            new DriverPart(devices, folder, findings).run(processes);
        }
        probe(findings);
        try (var platform = Platform.start(Files.createDirectories(folder.resolve("whole")), List.of())) {
            new PlatformPart(platform, folder, findings).run();
        }
        if (SharesPart.possible()) {
            new SharesPart(Files.createDirectories(folder.resolve("shares")), findings).run();
        } else {
            findings.note("skipped: shares, as this machine has no MPS control daemon");
        }
        System.exit(findings.right() ? 0 : 1);
    }

    /** The test that a device out of service has to pass. */
    private static void probe(Findings findings) throws Exception {
        long begin = System.nanoTime();
        var process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        CudaProbeMain.class.getName())
                .inheritIO()
                .start();
        int code = process.waitFor();
        findings.fact("the test of a device passes", code == 0, "exit code " + code);
        findings.atMost("it takes", (System.nanoTime() - begin) / 1e9, PROBE_SECONDS_MAX, "s");
    }
}
